//! Types, as far as they tell whose member is meant.

use oxc_ast::ast::{
    TSImportType, TSImportTypeQualifier, TSLiteral, TSTupleElement, TSType, TSTypeName, TSTypeOperator,
    TSTypeOperatorOperator, TSTypeParameterInstantiation, TSTypeQueryExprName,
};
use oxc_span::GetSpan as _;

use super::Reader;
use crate::language::script::facts::{Keyed, Signature, Type, TypeId, Value, ValueId};

impl Reader<'_> {
    /// What a type is. Each is read once.
    pub(super) fn type_of(&mut self, annotation: &TSType<'_>) -> TypeId {
        let span = annotation.span();
        if let Some(known) = self.types.get(&span) {
            return *known;
        }
        let kind = self.read_type(annotation);
        let id = self.push_type(kind);
        self.types.insert(span, id);
        id
    }

    fn read_type(&mut self, annotation: &TSType<'_>) -> Type {
        match annotation {
            TSType::TSAnyKeyword(_) | TSType::TSUnknownKeyword(_) => Type::Any,
            TSType::TSTypeReference(it) => {
                let name = self.name_value(&it.type_name);
                Type::Named(name, self.arguments(it.type_arguments.as_deref()))
            }
            TSType::TSTypeLiteral(it) => Type::Shape(self.literal_shape(it)),
            TSType::TSUnionType(it) => Type::Union(self.list(&it.types)),
            TSType::TSIntersectionType(it) => Type::Intersection(self.list(&it.types)),
            TSType::TSParenthesizedType(it) => self.same_type(&it.type_annotation),
            TSType::TSTypeOperatorType(it) if it.operator == TSTypeOperatorOperator::Readonly => {
                self.same_type(&it.type_annotation)
            }
            TSType::TSTypeOperatorType(it) if it.operator == TSTypeOperatorOperator::Keyof => Type::Keys,
            TSType::TSArrayType(it) => Type::List(self.type_of(&it.element_type)),
            TSType::TSTupleType(it) => self.tuple(&it.element_types),
            TSType::TSTypeQuery(it) => Type::Query(self.query(&it.expr_name)),
            TSType::TSImportType(it) => {
                let value = self.import_type(it);
                Type::Named(value, self.arguments(it.type_arguments.as_deref()))
            }
            TSType::TSFunctionType(it) => {
                let parameters = self.parameter_types(&it.params);
                let returns = Some(self.type_of(&it.return_type.type_annotation));
                Type::Function(self.push_signature(Signature { parameters, returns, ..Signature::default() }))
            }
            TSType::TSThisType(_) => Type::This,
            TSType::TSIndexedAccessType(it) => self.indexed(&it.object_type, &it.index_type),
            _ => Type::simple(annotation),
        }
    }

    /// `keyof T`
    pub(super) fn takes_keys(&mut self, it: &TSTypeOperator<'_>) {
        if it.operator == TSTypeOperatorOperator::Keyof {
            let of = self.type_of(&it.type_annotation);
            self.facts.keyed.push(Keyed { of, start: it.span.start, is_made: self.makers > 0 });
        }
    }

    fn same_type(&mut self, annotation: &TSType<'_>) -> Type {
        let id = self.type_of(annotation);
        self.facts.typed(id).clone()
    }

    fn list(&mut self, types: &[TSType<'_>]) -> Vec<TypeId> {
        types.iter().map(|it| self.type_of(it)).collect()
    }

    fn arguments(&mut self, arguments: Option<&TSTypeParameterInstantiation<'_>>) -> Vec<TypeId> {
        arguments.map(|arguments| self.list(&arguments.params)).unwrap_or_default()
    }

    /// A tuple is taken for a list of everything in it.
    fn tuple(&mut self, elements: &[TSTupleElement<'_>]) -> Type {
        let elements = elements.iter().map(|it| it.as_ts_type().map(|it| self.type_of(it)));
        let elements: Option<Vec<_>> = elements.collect();
        match elements {
            Some(elements) => {
                let union = self.push_type(Type::Union(elements));
                Type::List(union)
            }
            None => Type::Unknown,
        }
    }

    fn indexed(&mut self, object: &TSType<'_>, at: &TSType<'_>) -> Type {
        let object = self.type_of(object);
        match at {
            TSType::TSLiteralType(literal) => match &literal.literal {
                TSLiteral::StringLiteral(key) => Type::Indexed(object, key.value.as_str().into()),
                _ => Type::Unknown,
            },
            _ => Type::Unknown,
        }
    }

    /// What the name of a type leads to.
    pub(super) fn name_value(&mut self, name: &TSTypeName<'_>) -> ValueId {
        let value = match name {
            TSTypeName::IdentifierReference(ident) => match self.resolve(ident) {
                Some(id) => Value::Symbol(id),
                None => Value::Global(ident.name.as_str().into()),
            },
            TSTypeName::QualifiedName(path) => {
                let left = self.name_value(&path.left);
                Value::Member(left, path.right.name.as_str().into())
            }
            TSTypeName::ThisExpression(_) => self.this.last().cloned().unwrap_or(Value::Unknown),
        };
        self.value(value)
    }

    fn query(&mut self, query: &TSTypeQueryExprName<'_>) -> ValueId {
        match query {
            TSTypeQueryExprName::TSImportType(import) => self.import_type(import),
            _ => match query.as_ts_type_name() {
                Some(name) => self.name_value(name),
                None => self.value(Value::Unknown),
            },
        }
    }

    fn import_type(&mut self, import: &TSImportType<'_>) -> ValueId {
        let request = self.request(&import.source);
        let module = self.value(Value::Module(request));
        match &import.qualifier {
            Some(qualifier) => self.qualified(module, qualifier),
            None => module,
        }
    }

    /// What `import("module").a.b` leads to.
    pub(super) fn qualified(&mut self, module: ValueId, qualifier: &TSImportTypeQualifier<'_>) -> ValueId {
        let value = match qualifier {
            TSImportTypeQualifier::Identifier(name) => Value::Member(module, name.name.as_str().into()),
            TSImportTypeQualifier::QualifiedName(path) => {
                let left = self.qualified(module, &path.left);
                Value::Member(left, path.right.name.as_str().into())
            }
        };
        self.value(value)
    }
}

impl Type {
    /// Types without parts.
    fn simple(annotation: &TSType<'_>) -> Self {
        match annotation {
            TSType::TSStringKeyword(_) | TSType::TSTemplateLiteralType(_) => Self::Builtin("string"),
            TSType::TSNumberKeyword(_) => Self::Builtin("number"),
            TSType::TSBooleanKeyword(_) | TSType::TSTypePredicate(_) => Self::Builtin("boolean"),
            TSType::TSBigIntKeyword(_) => Self::Builtin("bigint"),
            TSType::TSSymbolKeyword(_) => Self::Builtin("symbol"),
            TSType::TSNullKeyword(_)
            | TSType::TSUndefinedKeyword(_)
            | TSType::TSVoidKeyword(_)
            | TSType::TSNeverKeyword(_) => Self::Builtin("nothing"),
            TSType::TSLiteralType(literal) => match literal.literal {
                TSLiteral::StringLiteral(_) | TSLiteral::TemplateLiteral(_) => Self::Builtin("string"),
                TSLiteral::BooleanLiteral(_) => Self::Builtin("boolean"),
                TSLiteral::NumericLiteral(_) | TSLiteral::UnaryExpression(_) => Self::Builtin("number"),
                TSLiteral::BigIntLiteral(_) => Self::Builtin("bigint"),
            },
            _ => Self::Unknown,
        }
    }
}
