package onnxfile

// Limits of what is read.
const (
	OldestOpset = 7
	NewestOpset = 28
	NewestIR    = 14
	deepest     = 32 // graphs within graphs
)

// Model is an ONNX file.
type Model struct {
	IR                        int64
	Opsets                    []Opset
	Producer, ProducerVersion string
	Domain                    string
	Version                   int64
	Doc                       string
	Graph                     *Graph
	Metadata                  []Pair
	Functions                 []*Function
}

// Opset says which version of the operators of a domain is meant; the domain
// "" is ONNX's own.
type Opset struct {
	Domain  string
	Version int64
}

// Opset returns the version of ONNX's own operators; 0 where there is none.
func (m *Model) Opset() int64 {
	for _, o := range m.Opsets {
		if o.Domain == "" || o.Domain == "ai.onnx" {
			return o.Version
		}
	}
	return 0
}

// Pair is an entry of metadata.
type Pair struct{ Key, Value string }

// Graph is a list of nodes in topological order.
type Graph struct {
	Name            string
	Nodes           []*Node
	Initializers    []*Tensor
	Inputs, Outputs []*ValueInfo
	Values          []*ValueInfo
	Doc             string
}

// Node is one use of an operator. An empty name among the inputs or outputs is
// one that is left out.
type Node struct {
	Name, OpType, Domain, Overload string
	Inputs, Outputs                []string
	Attributes                     []*Attribute
	Doc                            string
}

// Attribute returns the attribute of that name, or nil.
func (n *Node) Attribute(name string) *Attribute {
	for _, a := range n.Attributes {
		if a.Name == name {
			return a
		}
	}
	return nil
}

// AttributeType says which field of an attribute counts.
type AttributeType int32

// The types of attributes.
const (
	Float   AttributeType = 1
	Int     AttributeType = 2
	String  AttributeType = 3
	Dense   AttributeType = 4
	Sub     AttributeType = 5
	Floats  AttributeType = 6
	Ints    AttributeType = 7
	Strings AttributeType = 8
	Denses  AttributeType = 9
	Subs    AttributeType = 10
)

// Attribute is a setting of a node. Reference names an attribute of the
// function in whose body the node stands, which is taken in its place.
type Attribute struct {
	Name, Reference string
	Type            AttributeType
	F               float32
	I               int64
	S               string
	T               *Tensor
	G               *Graph
	Floats          []float32
	Ints            []int64
	Strings         []string
	Tensors         []*Tensor
	Graphs          []*Graph
}

// ValueInfo is the name and type of a value.
type ValueInfo struct {
	Name string
	// Kind is "tensor", or what else the value is: "sequence", "optional", …;
	// "" where nothing is said.
	Kind  string
	Type  DType
	Known bool // the number of axes
	Shape []Dim
}

// Dim is the size of an axis: a number, a name, or with neither unknown.
type Dim struct {
	Size int64 // −1 where it has none
	Name string
}

// Function is an operator that the file itself defines.
type Function struct {
	Name, Domain, Overload string
	Inputs, Outputs        []string
	Required               []string     // attributes without default
	Defaults               []*Attribute // attributes with
	Nodes                  []*Node
	Opsets                 []Opset
}

// DType is the element type of a tensor, numbered as in the format.
type DType int32

// The element types that are read.
const (
	Undefined DType = iota
	Float32
	Uint8
	Int8
	Uint16
	Int16
	Int32
	Int64
	Text
	Bool
	Float16
	Float64
	Uint32
	Uint64
	Complex64
	Complex128
	BFloat16
	Float8E4M3FN
	Float8E4M3FNUZ
	Float8E5M2
	Float8E5M2FNUZ
	Uint4
	Int4
	Float4E2M1
	Float8E8M0
	Uint2
	Int2
)

// names are as in the format's documents.
var names = [...]string{
	"undefined", "float", "uint8", "int8", "uint16", "int16", "int32", "int64", "string", "bool", "float16", "double",
	"uint32", "uint64", "complex64", "complex128", "bfloat16", "float8e4m3fn", "float8e4m3fnuz", "float8e5m2", "float8e5m2fnuz",
	"uint4", "int4", "float4e2m1", "float8e8m0", "uint2", "int2",
}

func (d DType) String() string {
	if d < 0 || int(d) >= len(names) {
		return "an unknown type"
	}
	return names[d]
}

// IsFloat reports whether the elements are real floating-point numbers.
func (d DType) IsFloat() bool {
	switch d {
	case Float32, Float16, Float64, BFloat16, Float8E4M3FN, Float8E4M3FNUZ, Float8E5M2, Float8E5M2FNUZ, Float4E2M1, Float8E8M0:
		return true
	}
	return false
}

// IsInt reports whether the elements are integers or truth values.
func (d DType) IsInt() bool {
	switch d {
	case Uint8, Int8, Uint16, Int16, Int32, Int64, Bool, Uint32, Uint64, Uint4, Int4, Uint2, Int2:
		return true
	}
	return false
}

// Unsigned reports whether the elements are integers without sign.
func (d DType) Unsigned() bool {
	switch d {
	case Uint8, Uint16, Uint32, Uint64, Uint4, Uint2, Bool:
		return true
	}
	return false
}

// Bits returns the size of an element; 0 where it has none.
func (d DType) Bits() int {
	switch d {
	case Uint8, Int8, Bool, Float8E4M3FN, Float8E4M3FNUZ, Float8E5M2, Float8E5M2FNUZ, Float8E8M0:
		return 8
	case Uint16, Int16, Float16, BFloat16:
		return 16
	case Float32, Int32, Uint32:
		return 32
	case Int64, Uint64, Float64, Complex64:
		return 64
	case Complex128:
		return 128
	case Uint4, Int4, Float4E2M1:
		return 4
	case Uint2, Int2:
		return 2
	}
	return 0
}

// Int returns the attribute of that name, none where there is none.
func (n *Node) Int(name string, none int) int {
	if a := n.Attribute(name); a != nil {
		return int(a.I)
	}
	return none
}

// Float returns the attribute of that name, none where there is none.
func (n *Node) Float(name string, none float64) float64 {
	if a := n.Attribute(name); a != nil {
		return float64(a.F)
	}
	return none
}

// Text returns the attribute of that name, none where there is none.
func (n *Node) Text(name, none string) string {
	if a := n.Attribute(name); a != nil {
		return a.S
	}
	return none
}

// Ints returns the list of that name, nil where there is none.
func (n *Node) Ints(name string) []int {
	a := n.Attribute(name)
	if a == nil {
		return nil
	}
	v := make([]int, len(a.Ints))
	for i, x := range a.Ints {
		v[i] = int(x)
	}
	return v
}
