package image

import (
	"bytes"
	"encoding/binary"
	"image"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/hocsau/hocsau/datasets"
	"pgregory.net/rapid"
)

func testPictures(t interface{ Fatal(...any) }) map[string][]byte {
	files := map[string][]byte{}
	for _, name := range []string{"jpeg444.jpg", "jpeg422.jpg", "jpeg420.jpg", "jpeg411.jpg", "jpegrestart.jpg", "jpegprogressive.jpg", "cmyk.jpg", "lossy.webp"} {
		data, err := os.ReadFile(filepath.Join("testdata", name))
		if err != nil {
			t.Fatal(err)
		}
		files[name] = data
	}
	files["turned.jpg"] = withOrientation(files["jpeg420.jpg"], 6, binary.LittleEndian, "II")
	return files
}

// A part that is decoded alone has the bits that it has in the whole picture.
func TestDecodeLevels_parts(t *testing.T) {
	files := testPictures(t)
	o, err := Options{}.withDefaults()
	if err != nil {
		t.Fatal(err)
	}
	rapid.Check(t, func(t *rapid.T) {
		for name, data := range files {
			whole, err := decodeLevels(data, o, nil)
			if err != nil {
				t.Fatal(err)
			}
			x, y := rapid.IntRange(0, whole.width-1).Draw(t, "x"), rapid.IntRange(0, whole.height-1).Draw(t, "y")
			r := image.Rect(x, y, rapid.IntRange(x+1, whole.width).Draw(t, "right"), rapid.IntRange(y+1, whole.height).Draw(t, "bottom"))
			part, err := decodeLevels(data, o, func(int, int) image.Rectangle { return r })
			if err != nil {
				t.Fatal(err)
			}
			if want := whole.cropTo(r); part.width != want.width || part.height != want.height || !bytes.Equal(part.pix, want.pix) {
				t.Fatalf("%s: %v differs", name, r)
			}
		}
	})
}

// A file is refused at opening if and only if it is refused when it is decoded.
func TestCheckPicture_asDecode(t *testing.T) {
	files := testPictures(t)
	o, err := Options{MaxPixels: 1 << 16}.withDefaults()
	if err != nil {
		t.Fatal(err)
	}
	names := make([]string, 0, len(files))
	for name := range files {
		names = append(names, name)
	}
	slices.Sort(names)
	rapid.Check(t, func(t *rapid.T) {
		data := slices.Clone(files[rapid.SampledFrom(names).Draw(t, "name")])
		for range rapid.IntRange(0, 3).Draw(t, "changes") {
			data[rapid.IntRange(0, len(data)-1).Draw(t, "at")] = rapid.Byte().Draw(t, "byte")
		}
		data = data[:rapid.IntRange(len(data)*3/4, len(data)).Draw(t, "size")]
		_, err := decodeLevels(data, o, nil)
		if check := checkPicture(data, o); (check == nil) != (err == nil) {
			t.Fatalf("checked: %v; decoded: %v", check, err)
		}
	})
}

// Parts of a folder come from the pixels of its files, through views of it too.
func TestFolder_parts(t *testing.T) {
	dir := t.TempDir()
	for name, data := range testPictures(t) {
		sub := filepath.Join(dir, strings.TrimPrefix(filepath.Ext(name), "."))
		if err := os.MkdirAll(sub, 0o755); err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(filepath.Join(sub, name), data, 0o644); err != nil {
			t.Fatal(err)
		}
	}
	f, err := OpenFolder(dir, FolderOptions{Height: 8, Width: 6})
	if err != nil {
		t.Fatal(err)
	}
	d, err := datasets.Subset(f, []int{3, 0, f.Len() - 1})
	if err != nil {
		t.Fatal(err)
	}
	if labels, err := datasets.Labels(d); err != nil || !slices.Equal(labels, []int{f.files[3].label, f.files[0].label, f.files[f.Len()-1].label}) {
		t.Errorf("labels %v, %v", labels, err)
	}
	read := datasets.Parts(d)
	if read == nil {
		t.Fatal("a view of a folder has no parts")
	}
	x := make([]float32, 3*8*6)
	p := datasets.Part{Top: 0.25, Left: 0.5, Height: 0.6, Width: 0.4}
	label, err := read(1, x, p)
	if err != nil {
		t.Fatal(err)
	}
	whole := mustRead(t, f.Path(0)).levels()
	want := whole.cropTo(pixelsOf(p, whole.width, whole.height)).resize(8, 6).picture()
	if label != f.files[0].label || !slices.Equal(x, want.Pix) {
		t.Errorf("label %d, want %d; values the same: %t", label, f.files[0].label, slices.Equal(x, want.Pix))
	}
	if _, err := read(1, x, datasets.Part{Top: 0.5, Height: 0.6, Width: 1}); err == nil || !strings.Contains(err.Error(), "expected shares within 0 to 1") {
		t.Errorf("got %v", err)
	}
	l := datasets.NewLoader(d, datasets.LoaderOptions{Batch: 3, Sequential: true, Part: func(int, int) datasets.Part { return p }})
	defer l.Close()
	if !l.Next() || !slices.Equal(l.Batch().X[len(x):2*len(x)], want.Pix) {
		t.Errorf("the loader does not read parts: %v", l.Err())
	}
}
