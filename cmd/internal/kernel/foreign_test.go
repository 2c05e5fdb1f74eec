package kernel

import (
	"encoding/json"
	"os"
	"strings"
	"testing"
)

// TestForeignNotebook runs a notebook as people write them for gophernotes: its
// package display, types with display methods, commands, pictures, plots of gonum,
// workers. Each cell must run, and those of the table show what they say.
func TestForeignNotebook(t *testing.T) {
	b, err := os.ReadFile("testdata/foreign.ipynb")
	if err != nil {
		t.Fatal(err)
	}
	var notebook struct {
		Cells []struct {
			Kind   string   `json:"cell_type"`
			Source []string `json:"source"`
		} `json:"cells"`
	}
	if err := json.Unmarshal(b, &notebook); err != nil {
		t.Fatal(err)
	}
	want := []struct{ cell, kind, shows string }{
		{"%help", "stream", "%cd"},
		{"$ echo", "stream", `from the shell\n`},
		{"$ echo", "stream", `and from Go\n`},
		{"%cd /", "stream", `"/\n"`},
		{"display.HTML(", "execute_result", `"text/html":"<b>bold</b>"`},
		{"display.Latex(", "execute_result", `"text/latex":"$x^2$","text/plain":"x^2"`},
		{"display.JSON(", "execute_result", `"application/json":{"answer":42}`},
		{"display.Math(", "display_data", `"text/latex":"$$e^{i\\pi}+1=0$$"`},
		{"display.MakeData3(", "execute_result", `"text/plain":"plainly"`},
		{"display.MIME(", "execute_result", `"text/markdown":"*both*","text/plain":"both"`},
		{"display.Auto(", "execute_result", `"image/svg+xml":"<svg`},
		{"img := image.NewRGBA(", "execute_result", `"metadata":{"image/png":{"height":48,"width":64}}`},
		{"display.PNG(buf.Bytes())", "execute_result", `"image/png":"iVBORw0KGgo`},
		{"display.File(", "execute_result", `"image/png":"iVBORw0KGgo`},
		{`display.Any("", &buf)`, "execute_result", `"image/png":"iVBORw0KGgo`},
		{"display.Image(picture)", "execute_result", `"image/png":"iVBORw0KGgo`},
		{"displayPlot(p)", "display_data", `"image/png":"iVBORw0KGgo`},
		{"svgWriter", "execute_result", `"image/svg+xml":"<?xml`},
		{"type heading", "execute_result", `"text/html":"<h2>hello</h2>"`},
		{"type swatch", "execute_result", `"image/png":"iVBORw0KGgo`},
		{"type swatch", "execute_result", `"text/markdown":"a **swatch**"`},
		{"type law", "execute_result", `"text/latex":"$E = mc^2$"`},
		{"type whole", "execute_result", `"text/html":"<p>whole</p>","text/plain":"whole"`},
		{"var anything", "execute_result", `"text/html":"<h2>as an interface</h2>"`},
		{"func pair()", "execute_result", `"text/plain":"1 one"`},
		{"/no/such/file", "execute_result", "no such file or directory"},
		{"json.Marshal(", "stream", `[{\"X\":3,\"Y\":4,\"name\":\"a\"}`},
		{"mat.NewDense(", "stream", "⎣11  25⎦"},
		{"optimize.Minimize(", "stream", "least at 2.000; half of a normal distribution is 0.5"},
		{"func worker(", "stream", "sum of squares 285"},
		{"case <-done", "stream", `done\n`},
	}
	t.Chdir(t.TempDir()) // one cell changes it
	f := start(t)
	for i, cell := range notebook.Cells {
		if cell.Kind != "code" {
			continue
		}
		source := strings.Join(cell.Source, "")
		reply, shown := f.run(source)
		if reply["status"] != "ok" {
			t.Errorf("cell %d: %v\n%s", i, reply["evalue"], source)
		}
		for k, w := range want {
			if w.cell == "" || !strings.Contains(source, w.cell) {
				continue
			}
			if got := plainJSON(t, shown[w.kind]); !strings.Contains(got, w.shows) {
				t.Errorf("cell %d: %s is %.300s, expected %s\n%s", i, w.kind, got, w.shows, source)
			}
			want[k].cell = ""
		}
	}
	for _, w := range want {
		if w.cell != "" {
			t.Errorf("no cell has %q", w.cell)
		}
	}
}

// plainJSON writes JSON without escapes for HTML.
func plainJSON(t *testing.T, v any) string {
	t.Helper()
	var b strings.Builder
	e := json.NewEncoder(&b)
	e.SetEscapeHTML(false)
	if err := e.Encode(v); err != nil {
		t.Fatal(err)
	}
	return b.String()
}

// TestDisplay_failures shows what cannot be shown: the cell fails and says why.
func TestDisplay_failures(t *testing.T) {
	f := start(t)
	for _, c := range []struct{ code, says string }{
		{`display.File("image/png", "/no/such/picture.png")`, "show file: open /no/such/picture.png"},
		{"import (\"errors\"; \"io\")\nr, w := io.Pipe()\nw.CloseWithError(errors.New(\"worn out\"))\ndisplay.Any(\"\", r)", "worn out"},
		{"import \"net/http\"\nvar resp *http.Response\nresp.Body.Close()", "nil pointer"},
		{"%cd /no/such/folder", "/no/such/folder"},
	} {
		if reply, _ := f.run(c.code); reply["status"] != "error" || !strings.Contains(reply["evalue"].(string), c.says) {
			t.Errorf("%s: %v, expected %q", c.code, reply, c.says)
		}
	}
}

// nothing has display methods that have nothing to show.
type nothing struct{}

func (nothing) PNG() []byte    { return nil }
func (nothing) SVG() string    { return "" }
func (nothing) String() string { return "no points" }

func TestRender_nothingToShow(t *testing.T) {
	d, err := render(nothing{})
	if err != nil || len(d.Data) != 1 || d.Data[mimeText] != "no points" {
		t.Errorf("%v, %v; expected only the text", d, err)
	}
}
