//! The implementations of `Takes`, and of what a context behind an alias might need.

/// Implements `Takes`: the workflow takes the events of one input, in one variant of its event enum.
#[doc(hidden)]
#[macro_export]
macro_rules! __takes {
    ($workflow:ty, $event:ty, $enum:ident::$variant:ident($checked:ty), $index:expr) => {
        $crate::__private::takes!(
            $workflow, $event, $enum::$variant($checked), $index, [] [where __This: $crate::__private::Settings]
        );
    };
    (
        $workflow:ty, $event:ty, $enum:ident::$variant:ident($checked:ty), $index:expr,
        [$($parameters:tt)*] [$($bounds:tt)*]
    ) => {
        impl $($parameters)* $crate::__private::Takes<$event, $index> for $workflow $($bounds)* {
            type Listed = $crate::__private::Taken;

            #[inline]
            fn wrap(event: $event) -> $enum {
                $enum::$variant($crate::__private::Held::hold(
                    <$checked as $crate::__private::Checkable>::accept(event),
                ))
            }

            #[inline]
            fn is(event: &$enum) -> bool {
                // Without `matches!`, because of which rustc checks the function again after each edit above it.
                match *event {
                    $enum::$variant(_) => true,
                    _ => false,
                }
            }

            #[inline]
            fn take(event: $enum) -> $event {
                match event {
                    $enum::$variant(event) => {
                        <$checked as $crate::__private::Checkable>::restore($crate::__private::Held::release(event))
                    }
                    other => $crate::__private::unreachable_event(other),
                }
            }
        }
    };
}

/// Implements what a list of a context behind an alias might need, for no list that is accepted.
#[doc(hidden)]
#[macro_export]
macro_rules! __hidden_list {
    ($workflow:ty, $list:ty, $index:ident) => {
        impl<__T> $crate::__private::Asks<$list, __T, $index> for $workflow
        where
            __This: $crate::__private::Settings,
        {
            fn asked(_: __T) -> Self::Prompt {
                ::core::unreachable!()
            }
        }

        impl<__T> $crate::__private::Awaits<$list, __T, $index> for $workflow
        where
            __This: $crate::__private::Settings,
        {
            type Response = $crate::__private::Untaken;
            const SLOT: u16 = 0;
        }
    };
}
