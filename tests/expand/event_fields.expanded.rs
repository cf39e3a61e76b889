use workflows_runtime::prelude::*;
struct Draft {
    text: String,
    sources: Vec<Source>,
}
const _: () = {
    use ::workflows_runtime::__private::{self as __p, Fallback as _};
    type __This = Draft;
    type __Field0 = Vec<Source>;
    const __IS_FIELD0: ::core::primitive::bool = {
        #[diagnostic::on_unimplemented(
            message = "W049: field `sources` of event `Draft` cannot have the type `{Self}`: events are cloned, serialized and moved between threads",
            label = "must implement `Clone`, `Debug`, `Serialize`, `Deserialize`, `Send` and `Sync`, and own its data",
            note = "for a type of this crate, add `#[derive(Clone, Debug, Serialize, Deserialize)]`; for one of another crate, enable its feature `serde`, or use a type of your own with its data",
            note = "use `Arc` in place of `Rc`, and `Mutex` in place of `RefCell` or `Cell`"
        )]
        trait DraftSources {
            const IS: () = ();
        }
        #[diagnostic::do_not_recommend]
        impl DraftSources for __p::Placeholder {}
        let () = <__p::Rejected<
            __p::Checked<
                __Field0,
                {
                    __p::Implements::<__Field0>::__SHAREABLE
                        && __p::Implements::<__Field0>::__CLONE
                        && __p::Implements::<__Field0>::__DEBUG
                        && __p::Implements::<__Field0>::__SERIALIZE
                        && __p::Implements::<__Field0>::__DESERIALIZE
                },
            >,
        > as DraftSources>::IS;
        true
    };
    type __Checked0 = __p::Type<__p::Checked<__Field0, { __IS_FIELD0 }>>;
    #[automatically_derived]
    impl ::core::clone::Clone for Draft {
        #[inline]
        fn clone(&self) -> Self {
            match self {
                Self { text: __field0, sources: __field1 } => {
                    Self {
                        text: <String as ::core::clone::Clone>::clone(__field0),
                        sources: <__Checked0 as ::core::clone::Clone>::clone(__field1),
                    }
                }
            }
        }
    }
    #[automatically_derived]
    impl ::core::fmt::Debug for Draft {
        fn fmt(&self, __f: &mut ::core::fmt::Formatter<'_>) -> ::core::fmt::Result {
            match self {
                Self { text: __field0, sources: __field1 } => {
                    ::core::fmt::Formatter::debug_struct(__f, "Draft")
                        .field("text", __p::debugged::<String>(__field0))
                        .field("sources", __p::debugged::<__Checked0>(__field1))
                        .finish()
                }
            }
        }
    }
    #[automatically_derived]
    impl __p::serde::Serialize for Draft {
        fn serialize<__S: __p::serde::Serializer>(
            &self,
            __serializer: __S,
        ) -> ::core::result::Result<__S::Ok, __S::Error> {
            #[derive(__p::serde::Serialize)]
            #[serde(crate = "::workflows_runtime::__private::serde")]
            struct Draft<'__a> {
                text: &'__a String,
                sources: &'__a __Checked0,
            }
            match self {
                Self { text: __field0, sources: __field1 } => {
                    __p::serde::Serialize::serialize(
                        &Draft {
                            text: __field0,
                            sources: __field1,
                        },
                        __serializer,
                    )
                }
            }
        }
    }
    #[automatically_derived]
    impl<'de> __p::serde::Deserialize<'de> for Draft {
        fn deserialize<__D: __p::serde::Deserializer<'de>>(
            __deserializer: __D,
        ) -> ::core::result::Result<Self, __D::Error> {
            #[derive(__p::serde::Deserialize)]
            #[serde(crate = "::workflows_runtime::__private::serde")]
            struct Draft {
                text: String,
                sources: __Checked0,
            }
            match __p::serde::Deserialize::deserialize(__deserializer)? {
                Draft { text: __field0, sources: __field1 } => {
                    ::core::result::Result::Ok(Self {
                        text: __field0,
                        sources: __field1,
                    })
                }
            }
        }
    }
    #[automatically_derived]
    impl ::workflows_runtime::__private::Sealed for Draft {}
    #[automatically_derived]
    impl ::workflows_runtime::Event for Draft
    where
        __p::Type<
            __p::Checked<__This, { __IS_FIELD0 }>,
        >: ::core::marker::Send + ::core::marker::Sync,
    {
        const NAME: &'static str = "Draft";
    }
    #[automatically_derived]
    impl ::workflows_runtime::__private::Keyed for Draft {
        const KEY: ::workflows_runtime::__private::EventKey = ::workflows_runtime::__private::EventKey::new(
            "Draft",
            ::core::module_path!(),
            ::core::line!(),
            ::core::column!(),
        );
        const IS_SOUND: ::core::primitive::bool = __IS_FIELD0;
    }
};
/// `Clone` is derived by the user, and the event is mentioned in its fields.
#[derive(Clone)]
enum Review {
    Good(Source),
    Bad { why: String, next: Option<Box<Review>> },
    None,
}
const _: () = {
    use ::workflows_runtime::__private::{self as __p, Fallback as _};
    type __This = Review;
    type __Field0 = Source;
    const __IS_FIELD0: ::core::primitive::bool = {
        #[diagnostic::on_unimplemented(
            message = "W049: field `Good.0` of event `Review` cannot have the type `{Self}`: events are cloned, serialized and moved between threads",
            label = "must implement `Debug`, `Serialize`, `Deserialize`, `Send` and `Sync`, and own its data",
            note = "for a type of this crate, add `#[derive(Clone, Debug, Serialize, Deserialize)]`; for one of another crate, enable its feature `serde`, or use a type of your own with its data",
            note = "use `Arc` in place of `Rc`, and `Mutex` in place of `RefCell` or `Cell`"
        )]
        trait ReviewGood0 {
            const IS: () = ();
        }
        #[diagnostic::do_not_recommend]
        impl ReviewGood0 for __p::Placeholder {}
        let () = <__p::Rejected<
            __p::Checked<
                __Field0,
                {
                    __p::Implements::<__Field0>::__SHAREABLE
                        && __p::Implements::<__Field0>::__DEBUG
                        && __p::Implements::<__Field0>::__SERIALIZE
                        && __p::Implements::<__Field0>::__DESERIALIZE
                },
            >,
        > as ReviewGood0>::IS;
        true
    };
    type __Checked0 = __p::Type<__p::Checked<__Field0, { __IS_FIELD0 }>>;
    type __Field1 = Option<Box<Review>>;
    const __IS_FIELD1: ::core::primitive::bool = {
        #[diagnostic::on_unimplemented(
            message = "W049: field `Bad.next` of event `Review` cannot have the type `{Self}`: events are cloned, serialized and moved between threads",
            label = "must implement `Debug`, `Serialize`, `Deserialize`, `Send` and `Sync`, and own its data",
            note = "for a type of this crate, add `#[derive(Clone, Debug, Serialize, Deserialize)]`; for one of another crate, enable its feature `serde`, or use a type of your own with its data",
            note = "use `Arc` in place of `Rc`, and `Mutex` in place of `RefCell` or `Cell`"
        )]
        trait ReviewBadNext {
            const IS: () = ();
        }
        #[diagnostic::do_not_recommend]
        impl ReviewBadNext for __p::Placeholder {}
        let () = <__p::Rejected<
            __p::Checked<
                __Field1,
                {
                    __p::Implements::<__Field1>::__SHAREABLE
                        && __p::Implements::<__Field1>::__DEBUG
                        && __p::Implements::<__Field1>::__SERIALIZE
                        && __p::Implements::<__Field1>::__DESERIALIZE
                },
            >,
        > as ReviewBadNext>::IS;
        true
    };
    type __Checked1 = __p::Type<__p::Checked<__Field1, { __IS_FIELD1 }>>;
    #[automatically_derived]
    impl ::core::fmt::Debug for Review {
        fn fmt(&self, __f: &mut ::core::fmt::Formatter<'_>) -> ::core::fmt::Result {
            match self {
                Self::Good { 0: __field0 } => {
                    ::core::fmt::Formatter::debug_tuple(__f, "Good")
                        .field(__p::debugged::<__Checked0>(__field0))
                        .finish()
                }
                Self::Bad { why: __field1, next: __field2 } => {
                    ::core::fmt::Formatter::debug_struct(__f, "Bad")
                        .field("why", __p::debugged::<String>(__field1))
                        .field("next", __p::debugged::<__Checked1>(__field2))
                        .finish()
                }
                Self::None {} => ::core::fmt::Formatter::write_str(__f, "None"),
            }
        }
    }
    #[automatically_derived]
    impl __p::serde::Serialize for Review {
        fn serialize<__S: __p::serde::Serializer>(
            &self,
            __serializer: __S,
        ) -> ::core::result::Result<__S::Ok, __S::Error> {
            #[derive(__p::serde::Serialize)]
            #[serde(crate = "::workflows_runtime::__private::serde")]
            enum Review<'__a> {
                Good(&'__a __Checked0),
                Bad { why: &'__a String, next: &'__a __Checked1 },
                None,
            }
            match self {
                Self::Good { 0: __field0 } => {
                    __p::serde::Serialize::serialize(
                        &Review::Good { 0: __field0 },
                        __serializer,
                    )
                }
                Self::Bad { why: __field1, next: __field2 } => {
                    __p::serde::Serialize::serialize(
                        &Review::Bad {
                            why: __field1,
                            next: __field2,
                        },
                        __serializer,
                    )
                }
                Self::None {} => {
                    __p::serde::Serialize::serialize(&Review::None {}, __serializer)
                }
            }
        }
    }
    #[automatically_derived]
    impl<'de> __p::serde::Deserialize<'de> for Review {
        fn deserialize<__D: __p::serde::Deserializer<'de>>(
            __deserializer: __D,
        ) -> ::core::result::Result<Self, __D::Error> {
            #[derive(__p::serde::Deserialize)]
            #[serde(crate = "::workflows_runtime::__private::serde")]
            enum Review {
                Good(__Checked0),
                Bad { why: String, next: __Checked1 },
                None,
            }
            match __p::serde::Deserialize::deserialize(__deserializer)? {
                Review::Good { 0: __field0 } => {
                    ::core::result::Result::Ok(Self::Good { 0: __field0 })
                }
                Review::Bad { why: __field1, next: __field2 } => {
                    ::core::result::Result::Ok(Self::Bad {
                        why: __field1,
                        next: __field2,
                    })
                }
                Review::None {} => ::core::result::Result::Ok(Self::None {}),
            }
        }
    }
    #[automatically_derived]
    impl ::workflows_runtime::__private::Sealed for Review {}
    #[automatically_derived]
    impl ::workflows_runtime::Event for Review {
        const NAME: &'static str = "Review";
    }
    #[automatically_derived]
    impl ::workflows_runtime::__private::Keyed for Review {
        const KEY: ::workflows_runtime::__private::EventKey = ::workflows_runtime::__private::EventKey::new(
                "Review",
                ::core::module_path!(),
                ::core::line!(),
                ::core::column!(),
            )
            .documented(
                "`Clone` is derived by the user, and the event is mentioned in its fields.",
            );
        const IS_SOUND: ::core::primitive::bool = __IS_FIELD0 && __IS_FIELD1;
    }
};
