//! JavaScript and TypeScript: members that types take for keys, and those that the language's own objects have as well.

mod support;

use support::{asks, safe};

#[test]
fn a_text_that_may_be_a_key_of_a_type_is_for_review() {
    let program = |name: &str| {
        format!(
            "export interface P {{ {name}: number }}\n//- k.ts\nimport {{ P }} from './a';\nexport type K = keyof P;\n//- u.ts\nimport {{ K }} from './k';\nexport const k: K = 'hive';\n"
        )
    };
    asks("a.ts", &program("<|>hive"), "bee", &program("bee"), &["string_key"]);
    let other = |name: &str| {
        program(name).replace("keyof P", "keyof Q").replace("import { P }", "interface Q { wasp: 1 }\nimport { P }")
    };
    safe("a.ts", &other("<|>hive"), "bee", &other("bee"));
    let within = |name: &str| program(name).replace("'hive'", "'the hive' as K");
    safe("a.ts", &within("<|>hive"), "bee", &within("bee"));
}

#[test]
fn a_member_whose_name_becomes_a_part_of_another_is_shown() {
    for made in ["{ [M in keyof T as `get${Capitalize<M>}`]: () => T[M] }", "`on${Capitalize<keyof T>}`"] {
        let program = |name: &str| {
            format!(
                "export type P = {{ {name}: number }};\nexport type S<T> = {made};\nexport function use(s: any) {{ return s.getHive(); }}\n"
            )
        };
        asks("a.ts", &program("<|>hive"), "bee", &program("bee"), &["part_of_a_name"]);
        let alone = |name: &str| program(name).replace("getHive", "get");
        safe("a.ts", &alone("<|>hive"), "bee", &alone("bee"));
    }
}

#[test]
fn a_member_of_one_type_that_the_language_s_other_has_as_well_is_for_review() {
    let program = |name: &str| {
        format!(
            "interface Clock {{ {name}(): number }}\nexport const clock = {{ own: undefined as Clock | undefined }};\nexport const time = () => (clock.own || Date).now();\n"
        )
    };
    asks("a.ts", &program("<|>now"), "bee", &program("bee"), &["passed_for_by_the_language", "several_types"]);
    let other = |name: &str| {
        let plain = name.trim_start_matches("<|>");
        format!(
            "interface Clock {{ {name}(): number }}\nexport const f = (c: Clock | string) => (typeof c === 'string' ? 0 : c.{plain}());\n"
        )
    };
    safe("a.ts", &other("<|>hive"), "bee", &other("bee"));
}

#[test]
fn a_member_that_may_override_the_language_s_is_shown_under_both_names() {
    let program = |name: &str| format!("export class Fault extends Error {{ {name} = 1 }}\n");
    for (from, to) in [("stack", "bee"), ("hive", "cause"), ("toSorted", "bee")] {
        asks("a.ts", &program(&format!("<|>{from}")), to, &program(to), &["may_override"]);
    }
    safe("a.ts", &program("<|>hive"), "bee", &program("bee"));
    safe("a.ts", &program("<|>detail"), "bee", &program("bee"));
    let element = |name: &str| format!("export class Panel extends HTMLElement {{ {name} = 1 }}\n");
    asks("a.ts", &element("<|>hidden"), "bee", &element("bee"), &["may_override"]);
    safe("a.ts", &element("<|>hive"), "bee", &element("bee"));
}

#[test]
fn a_member_of_a_type_that_the_language_s_objects_pass_for_is_shown() {
    let program = |name: &str| {
        format!(
            "interface Store {{ {name}(): unknown; get(key: string): unknown }}\nexport const store: Store = new Map<string, number>();\n"
        )
    };
    asks("a.ts", &program("<|>values"), "bees", &program("bees"), &["passed_for_by_the_language"]);
    let more = |name: &str| program(name).replace("}\n", "; hive(): void }\n");
    safe("a.ts", &more("<|>values"), "bees", &more("bees"));
}
