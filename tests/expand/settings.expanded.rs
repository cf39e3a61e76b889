use workflows_runtime::prelude::*;
/// Counts.
pub struct Counter {
    client: Client,
}
const _: () = {
    use ::workflows_runtime::__private::{self as __p, Fallback as _};
    type __State = Tally;
    type __CheckedState = __p::Checked<__State, { __p::Implements::<__State>::__STATE }>;
    const _: () = <__p::Rejected<__CheckedState> as __p::RunState>::IS;
    type __Stream = OneOf<Progress, Laugh>;
    const __IS_STREAM: ::core::primitive::bool = {
        let () = <__p::Rejected<
            __p::Checked<__Stream, { __p::Implements::<__Stream>::__CLONE }>,
        > as __p::RunStream>::IS;
        true
    };
    #[automatically_derived]
    impl __p::Declared for Counter {}
    #[automatically_derived]
    impl __p::Sealed for Counter {}
    #[automatically_derived]
    impl __p::Settings for Counter {
        type State = <__CheckedState as __p::StateOf>::State;
        type Stream = __p::Type<__p::Checked<__Stream, { __IS_STREAM }>>;
        const TIMEOUT: __p::Option<__p::Duration> = __p::Option::Some(
            __p::Duration::from_nanos(60000000000u64),
        );
        const MAX_RUNS: __p::Option<usize> = __p::Option::Some(3u32 as usize);
        fn instances() -> __p::Option<&'static __p::Instances> {
            static __INSTANCES: __p::Instances = __p::Instances::new();
            __p::Option::Some(&__INSTANCES)
        }
        const DOCS: &'static str = "Counts.";
    }
};
const _: () = ::workflows_runtime::__private::assert_workflow::<Counter>();
