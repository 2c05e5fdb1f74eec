package metrics

import (
	"encoding/xml"
	"errors"
	"fmt"
	"io"
	"strings"
	"testing"
)

func TestConfusion_HTML(t *testing.T) {
	m, err := NewConfusion(3)
	if err != nil {
		t.Fatal(err)
	}
	if err := m.Add([]int{0, 0, 1, 1, 0}, []int{0, 0, 1, 0, 1}); err != nil {
		t.Fatal(err)
	}
	m.Names = []string{"cat", "<dog>", "cow"}
	table := m.HTML()
	rows, cells := 0, 0
	for d := xml.NewDecoder(strings.NewReader(table)); ; {
		tok, err := d.Token()
		if errors.Is(err, io.EOF) {
			break
		}
		if err != nil {
			t.Fatalf("%v in\n%s", err, table)
		}
		if e, ok := tok.(xml.StartElement); ok {
			switch e.Name.Local {
			case "tr":
				rows++
			case "td":
				cells++
			}
		}
	}
	if rows != 5 || cells != 16 {
		t.Errorf("%d rows, %d cells, expected 5 and 16 with recalls and precisions", rows, cells)
	}
	for _, want := range []string{"5 samples, accuracy 60.0 %", "&lt;dog&gt;", ">66.7 %<", ">50.0 %<", ">–<", ">2<"} {
		if !strings.Contains(table, want) {
			t.Errorf("%q is missing in\n%s", want, table)
		}
	}
	if got, want := fmt.Sprint(m), "confusion matrix of 3 classes, 5 samples, accuracy 0.6000"; got != want {
		t.Errorf("%q, expected %q", got, want)
	}
	m.Names = m.Names[:2]
	if !strings.Contains(m.HTML(), "<th>2</th>") {
		t.Error("with too few names: expected numbers")
	}
	large, err := NewConfusion(100)
	if err != nil {
		t.Fatal(err)
	}
	if table := large.HTML(); strings.Count(table, "<tr>") != 42 || !strings.Contains(table, "the first 40 of 100 classes") {
		t.Errorf("of 100 classes: %d rows", strings.Count(table, "<tr>"))
	}
}
