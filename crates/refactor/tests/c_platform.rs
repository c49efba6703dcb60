//! C and C++: names that the platform, the language or its library keep or ask for.

mod support;

use support::{asks, safe};

#[test]
fn a_name_that_the_platform_s_headers_keep_is_shown_as_taken() {
    for name in ["malloc", "stat", "size_t", "optarg"] {
        asks("a.c", "void *<|>hive(int a);\n", name, &format!("void *{name}(int a);\n"), &["name_taken"]);
        asks("a.c", "static int <|>hive;\n", name, &format!("static int {name};\n"), &["name_taken"]);
        safe("a.c", "struct s { int <|>hive; };\n", name, &format!("struct s {{ int {name}; }};\n"));
        safe("a.c", "int f(int <|>hive);\n", name, &format!("int f(int {name});\n"));
        safe("a.cpp", "namespace n { int <|>hive; }\n", name, &format!("namespace n {{ int {name}; }}\n"));
    }
    for before in ["struct s { int <|>hive; };\n", "int f(int <|>hive);\n", "int <|>hive;\n"] {
        asks("a.c", before, "errno", &before.replace("<|>hive", "errno"), &["name_taken"]);
    }
}

#[test]
fn a_function_that_stands_in_for_the_platform_s_is_shown() {
    let program = |name: &str| format!("void *{name}(unsigned long size) {{ return 0; }}\n");
    asks("a.c", &program("<|>malloc"), "bee", &program("bee"), &["stands_in_for_library"]);
    let own = |name: &str| format!("static void *{name}(unsigned long size) {{ return 0; }}\n");
    safe("a.c", &own("<|>malloc"), "bee", &own("bee"));
}

#[test]
fn a_name_in_assembly_is_for_review() {
    for asm in [
        "__asm__(\"movl hive(%%rip), %0\" : \"=r\"(v));",
        "asm volatile (\"nop\\n\" \"call hive\" : : \"r\"(f(v)) : \"memory\");",
        "__asm__ __volatile__ goto(\"jmp hive\");",
    ] {
        let program = |name: &str| format!("int {name} = 1;\nint f(int v) {{ {asm} return v; }}\n");
        asks("a.c", &program("<|>hive"), "bee", &program("bee"), &["asked_by_name"]);
    }
    let printed =
        |name: &str| format!("int {name} = 1;\nint f(int v) {{ asm(\"nop\"); puts(\"call hive\"); return v; }}\n");
    safe("a.c", &printed("<|>hive"), "bee", &printed("bee"));
}

#[test]
fn an_alias_for_a_name_is_for_review() {
    for attribute in ["alias", "weakref", "ifunc"] {
        let program = |name: &str| {
            format!("int {name}(void) {{ return 1; }}\nint other(void) __attribute__(({attribute}(\"hive\")));\n")
        };
        asks("a.c", &program("<|>hive"), "bee", &program("bee"), &["asked_by_name"]);
    }
}

#[test]
fn a_member_that_the_language_asks_any_object_for_is_shown() {
    for member in ["int *begin()", "unsigned long size() const", "void await_resume()", "void unlock()"] {
        let name =
            member.split(['*', ' ', '(']).filter(|word| !word.is_empty()).nth(usize::from(member.contains("long")) + 1);
        let Some(name) = name else { continue };
        let program = |new: &str| format!("class V {{ public: {}; }};\n", member.replace(name, new));
        asks("a.cpp", &program(&format!("<|>{name}")), "bee", &program("bee"), &["asked_of_any_object"]);
    }
    let program = |name: &str| format!("struct V {{ using {name} = int; }};\n");
    asks("a.cpp", &program("<|>value_type"), "bee", &program("bee"), &["asked_of_any_object"]);
    let swap = |name: &str| format!("namespace n {{ struct V {{}}; void {name}(V &a, V &b); }}\n");
    asks("a.cpp", &swap("<|>swap"), "bee", &swap("bee"), &["asked_of_any_object"]);
    let plain = |name: &str| format!("struct v {{ int {name}; }};\n");
    safe("a.c", &plain("<|>size"), "bee", &plain("bee"));
}

#[test]
fn a_member_that_using_brings_beside_another_is_shown() {
    let program = |own: &str, other: &str| {
        format!("struct A {{ int {own}(int); }};\nstruct B : A {{ using A::hive; int {other}(double); }};\n")
    };
    asks("a.cpp", &program("hive", "<|>hive"), "bee", &program("hive", "bee"), &["brought_by_using"]);
    let alone = |name: &str| {
        let plain = name.trim_start_matches("<|>");
        format!("struct A {{ int {name}(int); }};\nstruct B : A {{ using A::{plain}; }};\n")
    };
    safe("a.cpp", &alone("<|>hive"), "bee", &alone("bee"));
}
