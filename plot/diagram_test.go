package plot_test

import (
	"bytes"
	"encoding/xml"
	"errors"
	"io"
	"strings"
	"testing"

	"github.com/hocsau/hocsau/plot"
)

// residual is conv → relu → add, with the input carried past both.
func residual() []plot.Block {
	return []plot.Block{
		{Title: "Conv2d <conv1>", Detail: "8 × 4 × 4", Inputs: []int{-1}},
		{Title: "ReLU", Detail: "8 × 4 × 4", Inputs: []int{0}},
		{Title: "Conv2d conv2", Detail: "8 × 4 × 4", Inputs: []int{1}},
		{Title: "Add", Detail: "8 × 4 × 4", Inputs: []int{2, -1}},
		{Title: "Add", Detail: "8 × 4 × 4", Inputs: []int{3, 0}},
	}
}

func TestWriteDOT(t *testing.T) {
	var b bytes.Buffer
	if err := plot.WriteDOT(&b, "net", "8 × 4 × 4", residual()); err != nil {
		t.Fatal(err)
	}
	for _, want := range []string{`digraph "net" {`, "input -> n0", "n0 -> n1", "n2 -> n3", "input -> n3", "n0 -> n4", `label="Conv2d <conv1>\n8 × 4 × 4"`} {
		if !strings.Contains(b.String(), want) {
			t.Errorf("no %s in\n%s", want, b.String())
		}
	}
}

func TestWriteSVG(t *testing.T) {
	var b bytes.Buffer
	if err := plot.WriteSVG(&b, "a & b", "8 × 4 × 4", residual()); err != nil {
		t.Fatal(err)
	}
	boxes, paths := 0, 0
	d := xml.NewDecoder(&b)
	for {
		token, err := d.Token()
		if errors.Is(err, io.EOF) {
			break
		}
		if err != nil {
			t.Fatal(err)
		}
		if e, ok := token.(xml.StartElement); ok {
			switch e.Name.Local {
			case "rect":
				boxes++
			case "path":
				paths++
			}
		}
	}
	if boxes != 1+6 || paths != 1+7 { // the background; the arrow's head
		t.Errorf("%d boxes, %d paths, want 7 and 8", boxes, paths)
	}
}

func TestDiagram_refuses(t *testing.T) {
	bad := []plot.Block{{Title: "a", Inputs: []int{0}}}
	if err := plot.WriteDOT(io.Discard, "net", "", bad); err == nil || !strings.Contains(err.Error(), "block 0 reads block 0") {
		t.Errorf("error %v", err)
	}
	if err := plot.WriteSVG(io.Discard, "net", "", bad); err == nil {
		t.Error("no error")
	}
}
