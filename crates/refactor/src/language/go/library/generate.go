// Lists the methods that the standard library's interfaces ask for, and the names of all methods that its types have:
//
//	go run generate.go methods > methods.outline
//	go run generate.go names > names.outline
package main

import (
	"fmt"
	"go/ast"
	"go/importer"
	"go/parser"
	"go/token"
	"go/types"
	"os"
	"os/exec"
	"path/filepath"
	"sort"
	"strings"
)

func main() {
	found := map[string]bool{}
	files := token.NewFileSet()
	config := types.Config{Importer: importer.ForCompiler(files, "source", nil), Error: func(error) {}}
	listed, err := exec.Command("go", "list", "-f", "{{.ImportPath}}\t{{.Dir}}\t{{range .GoFiles}}{{.}} {{end}}", "std").Output()
	if err != nil {
		panic(err)
	}
	for _, line := range strings.Split(strings.TrimSpace(string(listed)), "\n") {
		parts := strings.Split(line, "\t")
		if strings.HasPrefix(parts[0], "vendor/") || strings.Contains(parts[0], "internal") {
			continue
		}
		var sources []*ast.File
		for _, name := range strings.Fields(parts[2]) {
			source, err := parser.ParseFile(files, filepath.Join(parts[1], name), nil, 0)
			if err != nil {
				panic(err)
			}
			sources = append(sources, source)
		}
		info := types.Info{Types: map[ast.Expr]types.TypeAndValue{}, Defs: map[*ast.Ident]types.Object{}}
		config.Check(parts[0], files, sources, &info)
		if os.Args[1] == "methods" {
			for _, of := range info.Types {
				if it, ok := of.Type.Underlying().(*types.Interface); ok && of.IsType() {
					interfaceMethods(it, found)
				}
			}
		} else {
			for _, object := range info.Defs {
				if it, ok := object.(*types.Func); ok && it.Exported() && it.Type().(*types.Signature).Recv() != nil {
					found[it.Name()] = true
				}
			}
		}
	}
	var lines []string
	for line := range found {
		lines = append(lines, line)
	}
	sort.Strings(lines)
	fmt.Println(strings.Join(lines, "\n"))
}

// Nobody else can have the methods of an interface with one that is not exported.
func interfaceMethods(it *types.Interface, found map[string]bool) {
	for index := 0; index < it.NumMethods(); index++ {
		if !it.Method(index).Exported() {
			return
		}
	}
	for index := 0; index < it.NumMethods(); index++ {
		method := it.Method(index)
		found[method.Name()+signature(method.Type().(*types.Signature))] = true
	}
}

func signature(it *types.Signature) string {
	return "(" + tuple(it.Params()) + ") " + tuple(it.Results())
}

func tuple(it *types.Tuple) string {
	var all []string
	for index := 0; index < it.Len(); index++ {
		all = append(all, render(it.At(index).Type()))
	}
	return strings.Join(all, ", ")
}

// As the resolver writes types: lists and arrays alike, channels without their direction, nothing of what is anonymous.
func render(of types.Type) string {
	switch it := of.(type) {
	case *types.Basic:
		return types.Typ[it.Kind()].Name()
	case *types.Named:
		if it.Obj().Pkg() == nil {
			return it.Obj().Name()
		}
		return it.Obj().Pkg().Path() + "." + it.Obj().Name()
	case *types.Pointer:
		return "*" + render(it.Elem())
	case *types.Slice:
		return "[]" + render(it.Elem())
	case *types.Array:
		return "[]" + render(it.Elem())
	case *types.Map:
		return "map[" + render(it.Key()) + "]" + render(it.Elem())
	case *types.Chan:
		return "chan " + render(it.Elem())
	case *types.Signature:
		return "func" + signature(it)
	case *types.Interface:
		if it.NumMethods() == 0 {
			return "any"
		}
		return "interface"
	default:
		return "struct"
	}
}
