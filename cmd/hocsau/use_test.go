package main

import (
	"bytes"
	"encoding/binary"
	"encoding/json"
	"fmt"
	"hash/crc32"
	"image"
	"image/color"
	"image/gif"
	"image/jpeg"
	"image/png"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/hocsau/hocsau/datasets/digits"
	"github.com/hocsau/hocsau/graph"
	"github.com/hocsau/hocsau/graph/checkpoint"
	"github.com/hocsau/hocsau/solvers/train"
	"github.com/hocsau/hocsau/zoo"
)

func TestEval_plain(t *testing.T) {
	out := ok(t, "eval", fixture.run)
	lines := strings.Split(out, "\n")
	if len(lines) != 15 || !strings.HasPrefix(lines[0], "class ") || !strings.HasPrefix(lines[1], "0 ") || !strings.HasPrefix(lines[11], "test_accuracy 0.") {
		t.Errorf("output %s", out)
	}
	if lines[12] != "Try it on something of your own with" || !strings.Contains(lines[13], " predict "+fixture.run+" PICTURE.png") {
		t.Errorf("the next command: %q", lines[12:])
	}
}

// copyRun copies the finished run.
func copyRun(t *testing.T) string {
	t.Helper()
	dir := filepath.Join(t.TempDir(), "run")
	if err := os.CopyFS(dir, os.DirFS(fixture.run)); err != nil {
		t.Fatal(err)
	}
	return dir
}

func TestEval_plot(t *testing.T) {
	dir := copyRun(t)
	out := ok(t, "eval", dir, "--plot")
	for _, name := range []string{"confusion.png", "mistakes.png"} {
		path := filepath.Join(dir, name)
		checkPNG(t, path)
		if !strings.Contains(out, "drawn: "+path+"\n") {
			t.Errorf("%s is not named:\n%s", name, out)
		}
	}
}

func TestEval_weights(t *testing.T) {
	w := filepath.Join(fixture.run, "best", "model.safetensors")
	lines := objects(t, ok(t, "eval", "lenet", "--weights", w, "--data", "idx", "--data-dir", fixture.data, "--json"))
	run := objects(t, ok(t, "eval", fixture.run, "--json"))
	if keysOf(lines[0]) != doneKeys || lines[0]["run"] != "lenet" || lines[0]["test_accuracy"] != run[0]["test_accuracy"] {
		t.Errorf("by weights %v, by run %v", lines[0], run[0])
	}
}

// A run keeps its normalisation on other data.
func TestEval_otherData(t *testing.T) {
	other := t.TempDir()
	if err := writeIDX(other, 20, 100); err != nil { // other training data, the same test part
		t.Fatal(err)
	}
	run := objects(t, ok(t, "eval", fixture.run, "--json"))
	on := objects(t, ok(t, "eval", fixture.run, "--data-dir", other, "--json"))
	if on[0]["test_loss"] != run[0]["test_loss"] {
		t.Errorf("test_loss %v, want %v", on[0]["test_loss"], run[0]["test_loss"])
	}
	built := objects(t, ok(t, "eval", fixture.run, "--data", "digits", "--json"))
	if built[0]["data"] != "digits" || built[0]["examples"] != 2000.0 {
		t.Errorf("on digits: %v", built[0])
	}
	refused(t, exitUsage, []string{"eval", fixture.run, "--data", "digts"}, `unknown data set for lenet "digts": did you mean "digits"?`)
}

func TestEval_damagedRuns(t *testing.T) {
	other := graph.NewStore(graph.Float32, 1)
	zoo.NewMLP(graph.New(other, graph.Eval).Scope(), 28*28, 128, 10)
	for _, c := range []struct {
		name  string
		spoil func(dir string) error
		want  []string
	}{
		{"no meta", func(dir string) error { return os.Remove(dir + "/best/meta.json") }, []string{"best holds no meta.json: the checkpoint is damaged"}},
		{"meta truncated", func(dir string) error { return os.Truncate(dir+"/best/meta.json", 40) }, []string{"best/meta.json", "JSON"}},
		{"meta of nothing", func(dir string) error { return os.WriteFile(dir+"/best/meta.json", []byte("{}"), 0o666) }, []string{"best"}},
		{"no classes", func(dir string) error {
			return os.WriteFile(dir+"/best/meta.json", []byte(`{"model":{"model":"lenet"}}`), 0o666)
		}, []string{"the card of model lenet, for the task classify, has no input"}},
		{"unknown model", func(dir string) error {
			return os.WriteFile(dir+"/best/meta.json", []byte(`{"model":{"model":"lenot"}}`), 0o666)
		}, []string{`unknown model "lenot": did you mean "lenet"?`}},
		{"no weights", func(dir string) error { return os.Remove(dir + "/best/model.safetensors") }, []string{"best/model.safetensors", "no such file"}},
		{"weights truncated", func(dir string) error { return os.Truncate(dir+"/best/model.safetensors", 9999) }, []string{"best/model.safetensors", "truncated"}},
		{"no weights at all", func(dir string) error {
			return os.WriteFile(dir+"/best/model.safetensors", []byte("hello, world"), 0o666)
		}, []string{"best/model.safetensors", "header"}},
		{"weights of another model", func(dir string) error { return checkpoint.Save(dir+"/best/model.safetensors", other, nil) }, []string{
			"missing: conv1.weight, conv1.bias, conv2.weight, conv2.bias, fc3.weight, fc3.bias",
			"of another shape: fc1.weight: file [128 784], model [120 400], fc1.bias", "another model",
		}},
	} {
		t.Run(c.name, func(t *testing.T) {
			dir := copyRun(t)
			if err := c.spoil(dir); err != nil {
				t.Fatal(err)
			}
			refused(t, exitFailure, []string{"eval", dir}, c.want...)
			refused(t, exitFailure, []string{"predict", dir, "a.png"}, c.want...)
		})
	}
}

// picture draws a test digit, so many times as large, light on dark or dark on
// light.
func picture(t *testing.T, i, scale int, light bool) (image.Image, int) {
	t.Helper()
	_, test := digits.Open(1)
	x := make([]float32, 28*28)
	y, err := test.At(i, x)
	if err != nil {
		t.Fatal(err)
	}
	img := image.NewPaletted(image.Rect(0, 0, 28*scale+3, 28*scale), palette())
	for py := range 28 * scale {
		for px := range 28*scale + 3 {
			v := x[py/scale*28+min(px/scale, 27)]
			if light {
				v = 1 - v
			}
			img.SetColorIndex(px, py, byte(255*v))
		}
	}
	return img, y
}

func palette() color.Palette {
	p := make(color.Palette, 256)
	for i := range p {
		p[i] = color.Gray{Y: byte(i)}
	}
	return p
}

func TestPredict_formatsAndSizes(t *testing.T) {
	dir := t.TempDir()
	right, all := 0, 0
	for i := range 10 {
		var guesses []string
		for _, c := range []struct {
			name   string
			scale  int
			light  bool
			encode func(b *bytes.Buffer, img image.Image) error
		}{
			{"dark.png", 1, false, func(b *bytes.Buffer, img image.Image) error { return png.Encode(b, img) }},
			{"large.png", 9, false, func(b *bytes.Buffer, img image.Image) error { return png.Encode(b, img) }},
			{"light.png", 9, true, func(b *bytes.Buffer, img image.Image) error { return png.Encode(b, img) }},
			{"light.jpg", 9, true, func(b *bytes.Buffer, img image.Image) error {
				return jpeg.Encode(b, img, &jpeg.Options{Quality: 95})
			}},
			{"light.gif", 9, true, func(b *bytes.Buffer, img image.Image) error { return gif.Encode(b, img, nil) }},
		} {
			img, label := picture(t, i, c.scale, c.light)
			var b bytes.Buffer
			if err := c.encode(&b, img); err != nil {
				t.Fatal(err)
			}
			path := filepath.Join(dir, fmt.Sprintf("%d-%s", i, c.name))
			if err := os.WriteFile(path, b.Bytes(), 0o666); err != nil {
				t.Fatal(err)
			}
			o := objects(t, ok(t, "predict", fixture.run, path, "--json"))[0]
			list, _ := o["guesses"].([]any)
			if keysOf(o) != "file guesses unfamiliar" || o["file"] != path || len(list) != 3 {
				t.Fatalf("guesses %v", o)
			}
			sum, last := 0.0, 1.0
			for _, g := range list {
				p := g.(map[string]any)["probability"].(float64)
				if p > last || p < 0 {
					t.Errorf("probabilities %v", list)
				}
				sum, last = sum+p, p
			}
			if sum > 1+1e-6 {
				t.Errorf("probabilities %v sum to %g", list, sum)
			}
			guess := list[0].(map[string]any)["class"].(string)
			if guesses = append(guesses, guess); guess == fmt.Sprint(label) {
				right++
			}
			all++
		}
		// The same picture in another file is the same digit.
		for _, g := range guesses[1:] {
			if g != guesses[1] {
				t.Errorf("picture %d: guesses %v", i, guesses)
				break
			}
		}
	}
	if right < all*6/10 { // a run of a second; guessing is right once in ten
		t.Errorf("%d of %d guesses are right", right, all)
	}
}

func TestPredict_plainAndStdin(t *testing.T) {
	img, _ := picture(t, 3, 4, true)
	var b bytes.Buffer
	if err := png.Encode(&b, img); err != nil {
		t.Fatal(err)
	}
	path := filepath.Join(t.TempDir(), "a.png")
	if err := os.WriteFile(path, b.Bytes(), 0o666); err != nil {
		t.Fatal(err)
	}
	out := ok(t, "predict", fixture.run, path, "--top", "2")
	var f string
	var c1, c2, p1, p2 string
	if n, err := fmt.Sscanf(out, "%s %s %s %% %s %s %%", &f, &c1, &p1, &c2, &p2); n != 5 || f != path+":" {
		t.Errorf("output %q: %v", out, err)
	}
	r := hocsauIn(t.Context(), &b, "predict", fixture.run, "-", "--top", "2")
	if r.code != exitOK || r.out != strings.Replace(out, path, "-", 1) {
		t.Errorf("standard input: exit %d, %q, want %q", r.code, r.out, out)
	}
	// --weights needs no run.
	w := filepath.Join(fixture.run, "best", "model.safetensors")
	if out := objects(t, ok(t, "predict", "lenet", "--weights", w, path, "--json")); len(out[0]["guesses"].([]any)) != 3 {
		t.Errorf("by weights: %v", out)
	}
	clothes := objects(t, ok(t, "predict", "lenet", "--weights", w, "--data", "fashion-mnist", path, "--json"))
	if class := clothes[0]["guesses"].([]any)[0].(map[string]any)["class"].(string); !strings.ContainsAny(class, "abcdefghijklmnopqrstuvwxyz") {
		t.Errorf("a piece of clothing is called %q", class)
	}
}

// A picture whose largest logit lies below the limit that the test part set is
// said to be strange.
func TestPredict_unfamiliar(t *testing.T) {
	dir := copyRun(t)
	img, _ := picture(t, 0, 1, false)
	var b bytes.Buffer
	if err := png.Encode(&b, img); err != nil {
		t.Fatal(err)
	}
	for _, c := range []struct {
		limit float64
		far   bool
	}{{1e9, true}, {-1e9, false}} {
		meta, err := train.ReadMeta(filepath.Join(dir, "best"))
		var about saved
		if err == nil {
			err = json.Unmarshal(meta.Model, &about)
		}
		if err != nil {
			t.Fatal(err)
		}
		about.Card.Familiar = &c.limit
		if meta.Model, err = json.Marshal(about); err != nil {
			t.Fatal(err)
		}
		text, err := json.Marshal(meta)
		if err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(filepath.Join(dir, "best", "meta.json"), text, 0o666); err != nil {
			t.Fatal(err)
		}
		plain := hocsauIn(t.Context(), bytes.NewReader(b.Bytes()), "predict", dir, "-")
		if plain.code != exitOK || strings.Contains(plain.out, "unlike what the model was trained on") != c.far {
			t.Errorf("limit %g: exit %d, %s%s", c.limit, plain.code, plain.out, plain.err)
		}
		lines := hocsauIn(t.Context(), bytes.NewReader(b.Bytes()), "predict", dir, "-", "--json")
		if lines.code != exitOK || objects(t, lines.out)[0]["unfamiliar"] != c.far {
			t.Errorf("limit %g: exit %d, %s%s", c.limit, lines.code, lines.out, lines.err)
		}
	}
}

func TestPredict_badPictures(t *testing.T) {
	refused(t, exitUsage, []string{"predict", fixture.run, "a.png", "--top", "0"}, "--top 0: expected at least 1")
	dir := t.TempDir()
	img, _ := picture(t, 0, 4, false)
	var b bytes.Buffer
	if err := png.Encode(&b, img); err != nil {
		t.Fatal(err)
	}
	write := func(name string, data []byte) string {
		path := filepath.Join(dir, name)
		if err := os.WriteFile(path, data, 0o666); err != nil {
			t.Fatal(err)
		}
		return path
	}
	good := write("good.png", b.Bytes())
	huge := bytes.Clone(b.Bytes())
	binary.BigEndian.PutUint32(huge[16:], 1<<30) // the width in IHDR
	binary.BigEndian.PutUint32(huge[29:], crc32.ChecksumIEEE(huge[12:29]))
	for _, c := range []struct {
		name, path string
		want       []string
	}{
		{"missing", filepath.Join(dir, "none.png"), []string{"none.png", "no such file"}},
		{"empty", write("empty.png", nil), []string{"empty.png"}},
		{"text", write("text.png", []byte("I am a picture.")), []string{"text.png", "not a PNG, JPEG, GIF"}},
		{"truncated", write("short.png", b.Bytes()[:len(b.Bytes())/2]), []string{"short.png"}},
		{"huge", write("huge.png", huge), []string{"huge.png", "larger than the limit"}},
	} {
		t.Run(c.name, func(t *testing.T) {
			refused(t, exitFailure, []string{"predict", fixture.run, c.path}, c.want...)
			r := hocsau("predict", fixture.run, c.path, good)
			if r.code != exitFailure || !strings.HasPrefix(r.out, good+":") || !strings.HasSuffix(r.err, "hocsau: 1 of 2 pictures could not be read\n") {
				t.Errorf("beside a good one: exit %d, %q, %q", r.code, r.out, r.err)
			}
		})
	}
	r := hocsauIn(t.Context(), strings.NewReader("no picture"), "predict", fixture.run, "-")
	if r.code != exitFailure {
		t.Errorf("standard input: exit %d", r.code)
	}
	checkError(t, r.err, "standard input", "not a PNG")
}
