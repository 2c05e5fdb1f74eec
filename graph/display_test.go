package graph_test

import (
	"encoding/xml"
	"errors"
	"io"
	"strings"
	"testing"

	"github.com/hocsau/hocsau/graph"
	"github.com/hocsau/hocsau/graph/nn"
	"github.com/hocsau/hocsau/zoo"
)

// elements reads a picture or a table as XML and counts its elements.
func elements(t *testing.T, text string) map[string]int {
	t.Helper()
	count := map[string]int{}
	for d := xml.NewDecoder(strings.NewReader(text)); ; {
		tok, err := d.Token()
		if errors.Is(err, io.EOF) {
			return count
		}
		if err != nil {
			t.Fatalf("%v in\n%s", err, text)
		}
		if e, ok := tok.(xml.StartElement); ok {
			count[e.Name.Local]++
		}
	}
}

func TestSummary(t *testing.T) {
	g := graph.New(graph.NewStore(graph.Float32, 1), graph.Eval)
	y := zoo.NewLeNet(g.Scope(), 10).Forward(g.Input("x", 1, 1, 28, 28))
	s := g.Summary(y)
	if s.Parameters() != 61_706 || s.MACs() != 416_520 {
		t.Errorf("%d parameters, %d multiply-adds; expected 61706, 416520", s.Parameters(), s.MACs())
	}
	text := s.String()
	for _, want := range []string{
		"                         input            [1, 1, 28, 28]\n",
		"conv1                    Conv2d 5×5       [1, 6, 28, 28]             5×5          156        117,600\n",
		"                         MaxPool2d 2×2/2  [1, 6, 14, 14]             6×6            0              0\n",
		"total                                                                          61,706        416,520\n",
	} {
		if !strings.Contains(text, want) {
			t.Errorf("%q is missing in\n%s", want, text)
		}
	}
	// Head, input, eleven layers, total.
	if n := elements(t, s.HTML()); n["table"] != 1 || n["tr"] != 14 || n["th"] != 12 || n["td"] != 72 {
		t.Errorf("elements %v", n)
	}
	if !strings.Contains(s.HTML(), ">61,706<") {
		t.Errorf("the total is missing in\n%s", s.HTML())
	}
}

func TestStore_table(t *testing.T) {
	store := graph.NewStore(graph.Float32, 1)
	g := graph.New(store, graph.Train)
	zoo.NewLeNet(g.Scope(), 10).Forward(g.Input("x", 1, 1, 28, 28))
	nn.NewBatchNorm2d(g.Scope().At("bn"), 6, nn.BatchNormOpts{})
	store.Freeze("conv1")
	if got, want := store.String(), "store of 14 arrays, 61,718 parameters, 156 of them frozen"; got != want {
		t.Errorf("%q, expected %q", got, want)
	}
	table := store.HTML()
	if n := elements(t, table); n["tr"] != 16 {
		t.Errorf("%d rows, expected 14 with a head and a total", n["tr"])
	}
	for _, want := range []string{"conv1.weight", "[6, 1, 5, 5]", "frozen", "bn.running_mean", "buffer"} {
		if !strings.Contains(table, want) {
			t.Errorf("%q is missing in\n%s", want, table)
		}
	}
}

func TestNode_SVG(t *testing.T) {
	g := graph.New(graph.NewStore(graph.Float32, 1), graph.Train)
	y := zoo.NewLeNet(g.Scope(), 10).Forward(g.Input("x", 1, 1, 28, 28))
	svg := y.SVG()
	// The input, ten parameters, twelve operations, and the ground.
	if n := elements(t, svg); n["rect"] != 24 {
		t.Errorf("%d rectangles, expected 24\n%s", n["rect"], svg)
	}
	for _, want := range []string{">x<", ">Conv2d 5×5<", ">conv2.weight<", ">[16, 6, 5, 5]<", ">[1, 10]<"} {
		if !strings.Contains(svg, want) {
			t.Errorf("%q is missing in\n%s", want, svg)
		}
	}
	if g.SVG() != svg {
		t.Error("the graph is drawn otherwise than its last node")
	}
	if got, want := g.String(), "graph, mode train: operations 14, inputs 1, parameters 10"; got != want {
		t.Errorf("%q, expected %q", got, want)
	}
	if _, err := g.Compile(y.Mean()); err != nil {
		t.Fatal(err)
	}
	// One box for the mean; none of the gradients.
	if n := elements(t, g.SVG()); n["rect"] != 25 {
		t.Errorf("after Compile: %d rectangles, expected 25", n["rect"])
	}
}

// TestNode_SVG_large: a drawing of a large graph says what it leaves out.
func TestNode_SVG_large(t *testing.T) {
	for blocks, want := range map[int]string{2: "parameters are not drawn", 9: "the first 80 of "} {
		g := graph.New(graph.NewStore(graph.Float32, 1), graph.Eval)
		y := zoo.NewCIFARResNetWith(g.Scope(), 10, zoo.CIFARResNetOpts{Width: 4, Blocks: blocks}).Forward(g.Input("x", 1, 3, 32, 32))
		svg := y.SVG()
		if n := elements(t, svg); n["rect"] < 20 || n["rect"] > 81 || !strings.Contains(svg, want) {
			t.Errorf("%d blocks: %d rectangles, expected 20 to 81, and %q", blocks, n["rect"], want)
		}
	}
}

// TestNode_SVG_error: what cannot be drawn shows why.
func TestNode_SVG_error(t *testing.T) {
	g := graph.New(graph.NewStore(graph.Float32, 1), graph.Eval)
	y := g.Input("x", 1, 2).Add(g.Input("y", 1, 3)).ReLU()
	if svg := y.SVG(); !strings.Contains(svg, "Add: x(1, 2), y(1, 3)") {
		t.Errorf("expected the error in\n%s", svg)
	}
	elements(t, y.SVG())
	if s := g.Summary(y); len(s.Layers) != 0 || len(s.Inputs) != 0 {
		t.Errorf("summary of a graph with an error: %v", s)
	}
	if !strings.HasPrefix(g.String(), "graph with an error: Add") {
		t.Errorf("%q", g.String())
	}
}
