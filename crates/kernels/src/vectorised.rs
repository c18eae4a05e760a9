//! Compiles a function for several instruction sets and picks one when it is called.

use std::sync::LazyLock;

/// What this processor can do, asked once. For [`vectorised!`](crate::vectorised!).
#[doc(hidden)]
pub static ARCH: LazyLock<pulp::Arch> = LazyLock::new(pulp::Arch::new);

/// A function of slices whose body is compiled for every instruction set that pulp knows, with everything in it that is
/// `#[inline(always)]`; the call runs the best that the processor has.
///
/// Loops over fixed-size arrays and zipped slices become vector instructions; sums do so only where the code keeps
/// several partial sums, since floating-point addition is not associative.
#[macro_export]
macro_rules! vectorised {
    ($(#[$meta:meta])* $vis:vis fn $name:ident<$life:lifetime $(, $real:ident)?>(
        $($arg:ident: $ty:ty),* $(,)?
    ) $(-> $ret:ty)? $body:block) => {
        $(#[$meta])*
        $vis fn $name<$life $(, $real: $crate::Real)?>($($arg: $ty),*) $(-> $ret)? {
            struct Call<$life $(, $real: $crate::Real)?> {
                $($arg: $ty,)*
                generics: ::std::marker::PhantomData<(&$life (), $($real)?)>,
            }
            impl<$life $(, $real: $crate::Real)?> $crate::pulp::NullaryFnOnce for Call<$life $(, $real)?> {
                type Output = $crate::vectorised!(@output $($ret)?);

                #[inline(always)]
                fn call(self) -> Self::Output {
                    let Self { $($arg,)* generics: _ } = self;
                    $body
                }
            }
            $crate::ARCH.dispatch(Call { $($arg,)* generics: ::std::marker::PhantomData })
        }
    };
    (@output) => { () };
    (@output $ret:ty) => { $ret };
}
