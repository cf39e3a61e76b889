use workflows_runtime::prelude::*;
/// Counts.
pub struct Counter {
    client: Client,
}
const _: () = {
    use ::workflows_runtime::__private::{self as __p, Fallback as _};
    type __State = Tally;
    type __CheckedState = __p::Checked<__State, { __p::Implements::<__State>::__STATE }>;
    #[automatically_derived]
    impl ::workflows_runtime::__private::Sealed for Counter {}
    #[automatically_derived]
    impl ::workflows_runtime::__private::Settings for Counter {
        type State = <__CheckedState as ::workflows_runtime::__private::StateOf>::State;
        type Stream = OneOf<Progress, Laugh>;
        const TIMEOUT: ::workflows_runtime::__private::Option<
            ::workflows_runtime::__private::Duration,
        > = ::workflows_runtime::__private::Option::Some(
            ::workflows_runtime::__private::Duration::from_nanos(60000000000u64),
        );
        const MAX_RUNS: ::workflows_runtime::__private::Option<usize> = ::workflows_runtime::__private::Option::Some(
            3u32 as usize,
        );
        fn instances() -> ::workflows_runtime::__private::Option<
            &'static ::workflows_runtime::__private::Instances,
        > {
            static __INSTANCES: ::workflows_runtime::__private::Instances = ::workflows_runtime::__private::Instances::new();
            ::workflows_runtime::__private::Option::Some(&__INSTANCES)
        }
    }
    const _: () = <__p::Rejected<__CheckedState> as __p::RunState>::IS;
};
const _: () = ::workflows_runtime::__private::assert_workflow::<Counter>();
