//! Schemas are rewritten to comply with the published rules of services.

use std::collections::HashSet;

use runnable_http::schema::{Fallback, SchemaRules};
use serde_json::{Value, json};

fn object(properties: Value) -> Value {
    json!({"type": "object", "properties": properties})
}

fn fitted(rules: SchemaRules, schema: &Value) -> Value {
    rules.fit(schema).unwrap_or_else(|misfit| panic!("{}: {misfit}", rules.name())).into_owned()
}

fn misfit(rules: SchemaRules, schema: &Value) -> String {
    rules.fit(schema).expect_err("it cannot keep to the rules").to_string()
}

#[test]
fn all_rules_have_a_name_and_a_documented_source() {
    let rules = SchemaRules::ALL;
    let names: HashSet<_> = rules.iter().map(SchemaRules::name).collect();
    assert_eq!(names.len(), rules.len());
    for rules in rules.iter().filter(|rules| !rules.takes_anything()) {
        assert!(rules.source().starts_with("https://"), "{}", rules.name());
    }
}

#[test]
fn fitting_is_idempotent() {
    let schema = json!({
        "type": "object",
        "properties": {"a": {"type": "string"}, "b": {"type": ["integer", "null"]}},
        "required": ["a", "b"],
        "additionalProperties": false,
    });
    let odd = object(json!({
        "n": {"type": "integer", "minimum": 1, "maxLength": 3, "x-mine": true},
        "t": {"type": "array", "prefixItems": [{"type": "string"}, {"type": "null"}]},
    }));
    for rules in SchemaRules::ALL {
        if rules.name() != "Cerebras" {
            assert_eq!(fitted(*rules, &schema), schema, "{}", rules.name());
        }
        let once = fitted(*rules, &odd);
        assert_eq!(fitted(*rules, &once), once, "{}", rules.name());
    }
}

#[test]
fn a_list_of_types_becomes_any_of_if_required() {
    let schema = object(json!({"size": {
        "type": ["string", "null"], "enum": ["s", "m", null], "description": "How large.",
    }}));
    let sent = fitted(SchemaRules::CEREBRAS, &schema);
    assert_eq!(
        sent["properties"]["size"],
        json!({"description": "How large.", "anyOf": [
            {"type": "string", "enum": ["s", "m"]}, {"type": "null"},
        ]})
    );
}

#[test]
fn a_tuple_becomes_a_list_with_its_order_in_words() {
    let schema = object(json!({"pair": {
        "type": "array", "prefixItems": [{"type": "string"}, {"type": "integer"}],
        "minItems": 2, "maxItems": 2, "description": "Name and age.",
    }}));
    let sent = fitted(SchemaRules::OPENAI, &schema);
    assert_eq!(
        sent["properties"]["pair"],
        json!({
            "type": "array",
            "items": {"anyOf": [{"type": "string"}, {"type": "integer"}]},
            "minItems": 2,
            "maxItems": 2,
            "description": "Name and age.\n\nMust be a list of exactly 2 items, in this order: \
                            `string`, `integer`.",
        })
    );
    assert_eq!(fitted(SchemaRules::GEMINI, &schema)["properties"], schema["properties"]);
}

#[test]
fn a_pattern_of_keys_is_described_in_words() {
    let schema = object(json!({"by_number": {
        "type": "object", "additionalProperties": false,
        "patternProperties": {"^\\d+$": {"type": "string"}},
    }}));
    let sent = fitted(SchemaRules::XAI, &schema);
    assert_eq!(
        sent["properties"]["by_number"],
        json!({
            "type": "object", "additionalProperties": {"type": "string"},
            "description": "Must be an object whose keys match `^\\d+$`.",
        })
    );
    assert!(misfit(SchemaRules::OPENAI, &schema).contains("keys that it does not name"));
}

#[test]
fn the_parts_of_all_of_are_merged() {
    let schema = json!({
        "allOf": [{"$ref": "#/$defs/Named"}, object(json!({"age": {"type": "integer"}}))],
        "$defs": {"Named": object(json!({"name": {"type": "string"}}))},
    });
    let sent = fitted(SchemaRules::OPENAI, &schema);
    assert_eq!(sent["required"], json!(["name", "age"]));
    // A reference next to `properties`, as in a tagged variant, is merged too.
    let mut schema = object(json!({"shape": {
        "type": "object", "properties": {"kind": {"const": "named"}}, "required": ["kind"],
        "$ref": "#/$defs/Named",
    }}));
    schema["$defs"] = json!({"Named": object(json!({"name": {"type": "string"}}))});
    let sent = fitted(SchemaRules::OPENAI, &schema);
    assert_eq!(sent["properties"]["shape"]["required"], json!(["kind", "name"]));
    assert_eq!(sent["properties"]["shape"].get("$ref"), None);
    // Merging ends even if a part contains itself.
    let same = json!({"$ref": "#/$defs/A", "properties": {}});
    let mut endless = object(json!({"a": same}));
    endless["$defs"] = json!({"A": object(json!({"x": same, "y": same}))});
    assert!(misfit(SchemaRules::OPENAI, &endless).contains("`allOf` with too many references"));
    let conflict = json!({"type": "object", "allOf": [
        object(json!({"a": {"type": "string"}})), object(json!({"a": {"type": "integer"}})),
    ]});
    assert!(misfit(SchemaRules::OPENAI, &conflict).contains("cannot be merged"));
}

#[test]
fn a_misfit_names_its_location_and_reason() {
    let cases = [
        (
            json!({"a": {"type": "object", "additionalProperties": true}}),
            "`/properties/a` allows keys that it does not name",
        ),
        (json!({"a": {"type": "array", "items": {}}}), "`/properties/a/items` allows any value"),
        (
            json!({"a": {"type": "array"}}),
            "`/properties/a` is an array whose items may be any value",
        ),
        (json!({"a": true}), "`/properties/a` allows any value"),
        (
            json!({"a": {"enum": [{"b": 1}]}}),
            "`/properties/a` has an `enum` or `const` with a value that is not a scalar",
        ),
        (json!({"a": {"$ref": "https://example.com/s.json"}}), "refers to `https://example.com"),
        (json!({"a/b": {"anyOf": [{"description": "x"}]}}), "`/properties/a~1b/anyOf/0` allows"),
    ];
    for rules in [SchemaRules::OPENAI, SchemaRules::ANTHROPIC, SchemaRules::GROQ] {
        for (properties, api_error) in &cases {
            let why = misfit(rules, &object(properties.clone()));
            assert!(why.contains(api_error), "{}: {why}", rules.name());
        }
        for root in [json!({"type": "array", "items": {"type": "string"}}), json!(true), json!({})]
        {
            assert!(rules.fit(&root).is_err(), "{}: {root}", rules.name());
        }
    }
}

#[test]
fn recursive_schemas_fit_some_services() {
    let tree = json!({"$ref": "#/$defs/Tree", "$defs": {"Tree": object(json!({
        "children": {"type": "array", "items": {"$ref": "#/$defs/Tree"}},
    }))}});
    let sent = fitted(SchemaRules::OPENAI, &tree);
    assert_eq!((&sent["type"], sent.get("$ref")), (&json!("object"), None));
    let of_root = object(json!({"next": {"anyOf": [{"$ref": "#"}, {"type": "null"}]}}));
    for tree in [tree, of_root] {
        assert!(SchemaRules::OPENAI.fit(&tree).is_ok());
        assert_eq!(misfit(SchemaRules::ANTHROPIC, &tree), "the schema contains itself");
        assert_eq!(misfit(SchemaRules::CEREBRAS, &tree), "the schema contains itself");
    }
    // A schema that occurs in two places does not contain itself.
    let twice = json!({"type": "object", "properties": {
        "a": {"$ref": "#/$defs/P"}, "b": {"$ref": "#/$defs/P"},
    }, "$defs": {"P": object(json!({"x": {"type": "integer"}}))}});
    assert!(SchemaRules::ANTHROPIC.fit(&twice).is_ok());
}

#[test]
fn gemini_takes_a_schema_that_contains_itself_in_optional_properties_alone() {
    let node = |required: Value| {
        json!({"$ref": "#/$defs/Node", "$defs": {"Node": {
            "type": "object",
            "properties": {"value": {"type": "string"}, "next": {"anyOf": [
                {"type": "array", "items": {"$ref": "#/$defs/Node"}}, {"type": "null"},
            ]}},
            "required": required,
        }}})
    };
    assert!(SchemaRules::GEMINI.fit(&node(json!(["value"]))).is_ok());
    assert!(SchemaRules::GEMINI.fit(&node(json!([]))).is_ok());
    let why = misfit(SchemaRules::GEMINI, &node(json!(["value", "next"])));
    assert_eq!(why, "the schema contains itself in properties that are required");
    assert_eq!(misfit(SchemaRules::XAI, &node(json!([]))), "the schema contains itself");
}

#[test]
fn gemini_gets_enumerations_for_constants_and_no_others_than_of_texts_and_numbers() {
    let schema = object(json!({
        "kind": {"const": "circle"},
        "size": {"type": ["string", "null"], "enum": ["s", "m", null], "description": "How large."},
        "is_open": {"const": true},
        "flag": {"type": "boolean", "enum": [true, false]},
        "shape": {"oneOf": [{"const": 1}, {"const": null}]},
    }));
    let sent = fitted(SchemaRules::GEMINI, &schema);
    assert_eq!(
        sent["properties"],
        json!({
            "kind": {"type": "string", "enum": ["circle"]},
            "size": {"description": "How large.", "anyOf": [
                {"type": "string", "enum": ["s", "m"]}, {"type": "null"},
            ]},
            "is_open": {"type": "boolean", "description": "Must be exactly true."},
            "flag": {"type": "boolean"},
            "shape": {"anyOf": [{"type": "integer", "enum": [1]}, {"type": "null"}]},
        })
    );
    let objects = object(json!({"a": {"enum": [{"b": 1}]}}));
    assert!(misfit(SchemaRules::GEMINI, &objects).contains("not a scalar"));
}

#[test]
fn xai_gets_the_bounds_that_it_enforces_and_whole_patterns_alone() {
    let bounded = json!({
        "name": {"type": "string", "minLength": 2, "maxLength": 4, "pattern": "^[a-z]+$"},
        "tags": {"type": "array", "items": {"type": "string", "format": "uri"},
            "minItems": 1, "maxItems": 3},
        "counts": {"type": "object", "additionalProperties": {"type": "integer", "minimum": 0},
            "minProperties": 1, "maxProperties": 5},
        "pair": {"type": "array", "prefixItems": [{"type": "string"}, {"type": "integer"}]},
    });
    assert_eq!(fitted(SchemaRules::XAI, &object(bounded.clone()))["properties"], bounded);
    let sent = fitted(
        SchemaRules::XAI,
        &object(json!({
            // It would be compared with the whole text.
            "code": {"type": "string", "pattern": "[0-9]"},
            "host": {"type": "string", "format": "hostname"},
        })),
    );
    assert_eq!(
        sent["properties"],
        json!({
            "code": {"type": "string", "description": "Must be a match of the pattern `[0-9]`."},
            "host": {"type": "string", "description": "Must be in the format `hostname`."},
        })
    );
}

#[test]
fn definitions_of_older_drafts_are_called_as_in_newer_ones() {
    let schema = json!({
        "type": "object",
        "properties": {"home": {"$ref": "#/definitions/Place"}},
        "required": ["home"],
        "additionalProperties": false,
        "definitions": {
            "Place": {"type": "array", "items": {"$ref": "#/definitions/Line"}},
            "Line": {"type": "string"},
        },
    });
    for rules in SchemaRules::ALL.iter().filter(|rules| !rules.takes_anything()) {
        let sent = fitted(*rules, &schema);
        assert_eq!(
            sent["properties"]["home"],
            json!({"$ref": "#/$defs/Place"}),
            "{}",
            rules.name()
        );
        assert_eq!(sent["$defs"]["Place"]["items"], json!({"$ref": "#/$defs/Line"}));
        assert_eq!(sent.get("definitions"), None);
    }
}

#[test]
fn what_allows_no_value_fits_no_service() {
    for nothing in [json!({"type": "string", "enum": []}), json!({"anyOf": []})] {
        let schema = object(json!({"a": nothing}));
        for rules in SchemaRules::ALL.iter().filter(|rules| !rules.takes_anything()) {
            let why = misfit(*rules, &schema);
            assert_eq!(why, "the schema at `/properties/a` allows no value", "{}", rules.name());
        }
    }
}

#[test]
fn the_schemas_of_a_request_share_its_limits() {
    let properties: Value =
        (0..10).map(|n| (format!("p{n}"), json!({"type": ["string", "null"]}))).collect();
    let mut schema = object(properties);
    schema["required"] = (0..10).map(|n| format!("p{n}")).collect();
    let small = object(json!({"a": {"type": "string"}}));
    let rules = SchemaRules::ANTHROPIC;
    let mut left = rules.budget();
    assert!(rules.fit_within(&schema, &mut left).is_ok());
    let why = rules.fit_within(&schema, &mut left).unwrap_err().to_string();
    assert_eq!(why, "the schema has 10 schemas with several types, but at most 6 are allowed");
    // One optional property each.
    for _ in 0..24 {
        assert!(rules.fit_within(&small, &mut left).is_ok());
    }
    assert!(rules.fit_within(&small, &mut left).is_err());
    // Services without such limits.
    let mut left = SchemaRules::OPENAI.budget();
    for _ in 0..10 {
        assert!(SchemaRules::OPENAI.fit_within(&schema, &mut left).is_ok());
    }
}

#[test]
fn a_schema_that_is_too_large_does_not_fit() {
    let wide = |count: usize, schema: Value| {
        let names = (0..count).map(|n| (format!("p{n}"), schema.clone()));
        let mut wide = object(names.collect());
        wide["required"] = (0..count).map(|n| format!("p{n}")).collect();
        wide
    };
    let text = json!({"type": "string"});
    assert!(SchemaRules::OPENAI.fit(&wide(5_000, text.clone())).is_ok());
    assert!(misfit(SchemaRules::OPENAI, &wide(5_001, text.clone())).contains("5001 properties"));
    assert!(misfit(SchemaRules::AZURE, &wide(101, text.clone())).contains("100 are allowed"));
    let maybe = json!({"type": ["string", "null"]});
    assert!(SchemaRules::ANTHROPIC.fit(&wide(16, maybe.clone())).is_ok());
    assert!(
        misfit(SchemaRules::ANTHROPIC, &wide(17, maybe)).contains("17 schemas with several types")
    );
    let mut optional = wide(25, text.clone());
    optional["required"] = json!([]);
    assert!(misfit(SchemaRules::ANTHROPIC, &optional).contains("25 properties that are not"));
    let deep = (0..10).fold(text.clone(), |inner, _| object(json!({"a": inner})));
    assert!(SchemaRules::OPENAI.fit(&deep).is_ok());
    assert!(
        misfit(SchemaRules::OPENAI, &object(json!({"a": deep})))
            .contains("levels of nested objects")
    );
    let many: Value = (0..1_001).map(|n| format!("v{n}")).collect();
    let many = object(json!({"a": {"type": "string", "enum": many}}));
    assert!(misfit(SchemaRules::OPENAI, &many).contains("1001 enumeration values"));
    let long: Value = (0..251).map(|n| format!("{n}{}", "v".repeat(60))).collect();
    let long = object(json!({"a": {"type": "string", "enum": long}}));
    assert!(misfit(SchemaRules::OPENAI, &long).contains("15000 are allowed"));
    assert!(misfit(SchemaRules::CEREBRAS, &long).contains("allowed"));
    let choices: Vec<_> =
        (0..6).map(|n| json!({"type": "string", "const": n.to_string()})).collect();
    let choices = object(json!({"a": {"anyOf": choices}}));
    assert!(misfit(SchemaRules::CEREBRAS, &choices).contains("6 choices"));
}

/// Does the work on a thread with half of the default stack size.
fn on_a_small_stack(work: fn()) {
    let thread = std::thread::Builder::new().stack_size(1024 * 1024).spawn(work);
    thread.expect("the thread starts").join().expect("the work ends");
}

#[test]
fn long_reference_chains_do_not_overflow_the_stack() {
    on_a_small_stack(|| {
        let definition = |n: usize| {
            let inner = json!({"type": "array", "items": {"$ref": format!("#/$defs/d{}", n + 1)}});
            (format!("d{n}"), inner)
        };
        let definitions: Value = (0..5_000).map(definition).collect();
        let schema = json!({
            "type": "object", "properties": {"a": {"$ref": "#/$defs/d0"}}, "$defs": definitions,
        });
        assert!(misfit(SchemaRules::OPENAI, &schema).contains("too long a chain"));
        let circle = json!({"$ref": "#/$defs/a", "$defs": {
            "a": {"$ref": "#/$defs/b"}, "b": {"$ref": "#/$defs/a"},
        }});
        assert!(SchemaRules::OPENAI.fit(&circle).is_err());
    });
}

#[test]
fn deep_references_do_not_overflow_the_stack() {
    on_a_small_stack(|| {
        let definition = |n: usize| {
            let next = json!({"$ref": format!("#/$defs/d{}", n + 1)});
            let deep = (0..60).fold(next, |inner, _| json!({"type": "array", "items": inner}));
            (format!("d{n}"), deep)
        };
        let definitions: Value = (0..60).map(definition).collect();
        let schema = json!({
            "type": "object", "properties": {"a": {"$ref": "#/$defs/d0"}}, "$defs": definitions,
        });
        assert!(misfit(SchemaRules::XAI, &schema).contains("too long a chain"));
    });
}

#[test]
fn deep_schemas_do_not_overflow_the_stack() {
    on_a_small_stack(|| {
        // Built without `json!`, because the macro copies its values, which needs stack for each
        // level.
        let nested = |levels: usize| {
            (0..levels).fold(json!({"type": "string"}), |inner, _| {
                let mut outer = object(json!({"a": {}}));
                outer["properties"]["a"] = inner;
                outer
            })
        };
        assert!(misfit(SchemaRules::XAI, &nested(600)).contains("nested too deeply"));
        assert!(SchemaRules::XAI.fit(&nested(60)).is_ok());
        let list = |levels: usize| {
            let list = (0..levels).fold(
                json!({"type": "string"}),
                |inner, _| json!({"type": "array", "items": inner}),
            );
            object(json!({"a": list}))
        };
        assert!(misfit(SchemaRules::XAI, &list(120)).contains("too deep"));
        assert!(SchemaRules::XAI.fit(&list(95)).is_ok());
    });
}

#[test]
fn each_keyword_is_described_in_words() {
    let schema = object(json!({"a": {
        "type": "string", "description": "A code.", "minLength": 2, "maxLength": 4,
        "pattern": "^[a-z]+$", "format": "binary", "default": "ab", "examples": ["ab", "cd"],
        "contentEncoding": "base64", "deprecated": true, "$comment": "internal", "not": {"const": "x"},
    }}));
    let sent = fitted(SchemaRules::ANTHROPIC, &schema);
    assert_eq!(
        sent["properties"]["a"]["description"],
        "A code.\n\nMust be at least 2 characters long, at most 4 characters long, a match of the \
         pattern `^[a-z]+$`, in the format `binary`, and encoded in base64. Examples: \"ab\", \"cd\". \
         Deprecated. The JSON schema keyword `not` is {\"const\":\"x\"}."
    );
    let list = object(json!({"a": {
        "type": "array", "items": {"type": "integer", "exclusiveMinimum": 0, "multipleOf": 5},
        "uniqueItems": true, "minItems": 2,
    }}));
    let sent = fitted(SchemaRules::AZURE, &list);
    let a = &sent["properties"]["a"];
    assert_eq!(
        a["description"],
        "Must be a list without repeated items, and a list of at least 2 items."
    );
    assert_eq!(a["items"]["description"], "Must be more than 0, and a multiple of 5.");
    // No service supports a pattern with look-around.
    let around = object(json!({"a": {"type": "string", "pattern": "^(?=a)"}}));
    let sent = fitted(SchemaRules::OPENAI, &around);
    assert_eq!(sent["properties"]["a"]["description"], "Must be a match of the pattern `^(?=a)`.");
}

#[test]
fn services_that_enforce_all_schemas_fall_back_to_the_prompt() {
    let falls_back = |rules: &&SchemaRules| rules.fallback() == Fallback::Prompt;
    let names: Vec<_> = SchemaRules::ALL.iter().filter(falls_back).map(SchemaRules::name).collect();
    assert_eq!(names, ["Anthropic", "DeepSeek", "Gemini", "Perplexity", "xAI"]);
}
