//! C: members of structs and unions, by the types of what they are members of.

mod support;

use support::{asks, safe};

fn is(before: &str, new_name: &str, after: &str) {
    safe("m.c", before, new_name, after);
}

#[test]
fn a_member_is_renamed_on_values_of_its_type_only() {
    is(
        "struct a { int <|>x; };\nstruct b { int x; };\nint f(struct a *p, struct b *q, struct a r) { return p->x + q->x + r.x + (*p).x + p[1].x; }\n",
        "y",
        "struct a { int y; };\nstruct b { int x; };\nint f(struct a *p, struct b *q, struct a r) { return p->y + q->x + r.y + (*p).y + p[1].y; }\n",
    );
}

#[test]
fn types_are_followed_through_other_names_members_and_calls() {
    is(
        "#include \"t.h\"\nint f(list *l, node_p n) { return l->head->next->val + make()->val + n->val + ((node *)l)->val + (&l->first)->val + l->all[2].val; }\n//- t.h\ntypedef struct node { struct node *next; int <|>val; } node;\ntypedef node *node_p;\ntypedef struct { node *head; node first, all[4]; } list;\nnode *make(void);\n",
        "value",
        "#include \"t.h\"\nint f(list *l, node_p n) { return l->head->next->value + make()->value + n->value + ((node *)l)->value + (&l->first)->value + l->all[2].value; }\n//- t.h\ntypedef struct node { struct node *next; int value; } node;\ntypedef node *node_p;\ntypedef struct { node *head; node first, all[4]; } list;\nnode *make(void);\n",
    );
}

#[test]
fn initialisers_name_members() {
    is(
        "struct in { int <|>x; };\nstruct out { struct in i; struct in many[2]; int x; };\nstruct out o = { .i = { .x = 1 }, .many = { [0] = { .x = 2 }, { .x = 3 } }, .x = 4, .i.x = 5 };\nstruct in list[] = { { .x = 1 }, { .x = 2 } };\nint f(void) { return g(&(struct in){ .x = 6 }) + offsetof(struct in, x); }\n",
        "y",
        "struct in { int y; };\nstruct out { struct in i; struct in many[2]; int x; };\nstruct out o = { .i = { .y = 1 }, .many = { [0] = { .y = 2 }, { .y = 3 } }, .x = 4, .i.y = 5 };\nstruct in list[] = { { .y = 1 }, { .y = 2 } };\nint f(void) { return g(&(struct in){ .y = 6 }) + offsetof(struct in, y); }\n",
    );
}

#[test]
fn members_of_records_without_a_name_are_those_of_the_record_around() {
    is(
        "struct a { union { int <|>i; float f; }; struct { int i; } named; };\nint f(struct a *p) { return p->i + p->named.i; }\n",
        "n",
        "struct a { union { int n; float f; }; struct { int i; } named; };\nint f(struct a *p) { return p->n + p->named.i; }\n",
    );
}

#[test]
fn members_of_all_branches_are_one() {
    is(
        "struct a {\n#ifdef X\n  int <|>n;\n#else\n  long n;\n#endif\n};\nint f(struct a *p) { return p->n; }\n",
        "m",
        "struct a {\n#ifdef X\n  int m;\n#else\n  long m;\n#endif\n};\nint f(struct a *p) { return p->m; }\n",
    );
}

#[test]
fn a_member_of_something_unknown_is_for_review() {
    asks(
        "m.c",
        "struct a { int <|>x; };\n#define CUR get()\nint f(void) { return CUR->x; }\n",
        "y",
        "struct a { int y; };\n#define CUR get()\nint f(void) { return CUR->x; }\n",
        &["unknown_receiver"],
    );
}

#[test]
fn members_of_a_librarys_type_are_not_ours() {
    is(
        "#include <sys/stat.h>\nstruct a { int <|>st_size; };\nint f(struct a *p, struct stat *s) { return p->st_size + s->st_size; }\n",
        "size",
        "#include <sys/stat.h>\nstruct a { int size; };\nint f(struct a *p, struct stat *s) { return p->size + s->st_size; }\n",
    );
}

#[test]
fn unknown_members_do_not_disturb_other_names() {
    is(
        "#define CUR get()\nstruct a { int x; };\nint f(int <|>x) { return CUR->x + x; }\n",
        "y",
        "#define CUR get()\nstruct a { int x; };\nint f(int y) { return CUR->x + y; }\n",
    );
}

#[test]
fn a_member_of_the_new_name_is_a_conflict() {
    asks(
        "m.c",
        "struct a { int <|>x; int y; };\nint f(struct a *p) { return p->x + p->y; }\n",
        "y",
        "struct a { int y; int y; };\nint f(struct a *p) { return p->y + p->y; }\n",
        &["shadows", "shadows"],
    );
}

#[test]
fn records_of_one_name_in_units_that_never_meet_are_two() {
    is(
        "struct s { int <|>x; };\nint f(struct s *p) { return p->x; }\n//- n.c\nstruct s { int x; };\nint g(struct s *p) { return p->x; }\n",
        "y",
        "struct s { int y; };\nint f(struct s *p) { return p->y; }\n//- n.c\nstruct s { int x; };\nint g(struct s *p) { return p->x; }\n",
    );
}
