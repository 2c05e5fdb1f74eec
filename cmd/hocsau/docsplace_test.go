package main

import (
	"bytes"
	"encoding/binary"
	"fmt"
	"image/jpeg"
	"image/png"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/hocsau/hocsau/datasets/box"
	"github.com/hocsau/hocsau/datasets/digits"
	"github.com/hocsau/hocsau/datasets/image"
	"github.com/hocsau/hocsau/datasets/shapes"
	"github.com/hocsau/hocsau/graph"
	"github.com/hocsau/hocsau/graph/checkpoint"
	"github.com/hocsau/hocsau/zoo"
)

// docPlace makes an empty folder the working folder and puts into it what the
// documents call the reader's own, pictures, texts, weights, beside the pictures
// of the repository.
func docPlace(t *testing.T, root string) {
	t.Helper()
	t.Chdir(t.TempDir())
	if err := os.CopyFS("docs/images", os.DirFS(filepath.Join(root, "docs", "images"))); err != nil {
		t.Fatal(err)
	}
	_, test := digits.Open(1)
	x := make([]float32, 28*28)
	for i, name := range []string{"picture.png", "a.png", "b.png"} {
		if _, err := test.At(i, x); err != nil {
			t.Fatal(err)
		}
		writePicture(t, name, &image.Picture{Pix: x, Channels: 1, Height: 28, Width: 28})
	}
	for i, name := range []string{"cat.png", "photo.jpg", "painting.jpg", "cell.jpg", "an.jpg", "who.jpg"} {
		writePicture(t, name, drawnPicture(t, i, 64))
	}
	for i := range 8 {
		writePicture(t, fmt.Sprintf("photographs/%d.jpg", i), drawnPicture(t, i, 96))
	}
	for _, class := range []string{"cats", "dogs"} {
		for i := range 10 {
			at := i
			if class == "dogs" {
				at += 100
			}
			writePicture(t, fmt.Sprintf("pictures/%s/%d.jpg", class, i), drawnPicture(t, at, 40))
		}
	}
	docTexts(t)
	docBoxes(t)
	docWeights(t)
	if err := writeIDX("my-digits", 200, 40); err != nil {
		t.Fatal(err)
	}
	people := peopleFolder(t, 8, 4)
	if err := os.CopyFS("people", os.DirFS(people)); err != nil {
		t.Fatal(err)
	}
}

// drawnPicture returns drawn shapes, as photographs are to be had nowhere.
func drawnPicture(t *testing.T, i, side int) *image.Picture {
	t.Helper()
	set, err := shapes.New(shapes.Options{Task: shapes.Detect, Len: i + 1, Size: side, Seed: 3})
	if err != nil {
		t.Fatal(err)
	}
	p := &image.Picture{Pix: make([]float32, 3*side*side), Channels: 3, Height: side, Width: side}
	if _, err := set.At(i, p.Pix); err != nil {
		t.Fatal(err)
	}
	return p
}

// writePicture writes a PNG or a JPEG, as the name says.
func writePicture(t *testing.T, path string, p *image.Picture) {
	t.Helper()
	var b bytes.Buffer
	if err := image.EncodePNG(&b, p); err != nil {
		t.Fatal(err)
	}
	if filepath.Ext(path) == ".jpg" {
		img, err := png.Decode(&b)
		if err != nil {
			t.Fatal(err)
		}
		b.Reset()
		if err := jpeg.Encode(&b, img, nil); err != nil {
			t.Fatal(err)
		}
	}
	writeFile(t, path, b.String())
}

// docTexts writes texts, tags, pairs of sentences, lists of words.
func docTexts(t *testing.T) {
	t.Helper()
	sentences := sentencesOf(t, 2000)
	writeFile(t, "texts/a.txt", sentences+strings.Repeat("the king and the queen see a man and a woman\n", 20))
	writeFile(t, "wordvec-eval/EN-WS-353-ALL.txt", "king queen 9\nman woman 8\nking woman 2\n")
	var tags, source, target strings.Builder
	for i := range 60 {
		fmt.Fprintf(&tags, "Anna\tB-PER\nlives\tO\nin\tO\nParis\tB-LOC\n%d\tO\n\n", i)
		fmt.Fprintf(&source, "ein Hund %d\n", i)
		fmt.Fprintf(&target, "a dog %d\n", i)
	}
	writeFile(t, "reviews.tsv", strings.Repeat("a warm and funny film\tgood\na long and empty film\tbad\n", 40))
	writeFile(t, "names/train.conll", tags.String())
	writeFile(t, "names/test.conll", tags.String())
	writeFile(t, "pairs/train.de", source.String())
	writeFile(t, "pairs/train.en", target.String())
}

// docBoxes writes pictures with boxes in VOC's form, and a network of darknet's.
func docBoxes(t *testing.T) {
	t.Helper()
	_, all := scenes(t, "boxes", 8, shapes.Detect)
	for i, a := range all {
		data, err := box.EncodeVOC(a)
		if err != nil {
			t.Fatal(err)
		}
		writeFile(t, fmt.Sprintf("boxes/Annotations/p%d.xml", i), string(data))
	}
	writeFile(t, "yolo-fastest-1.1.cfg", "[net]\nwidth=32\nheight=32\nchannels=3\n[convolutional]\nfilters=6\nsize=3\nstride=8\npad=1\nactivation=linear\n[yolo]\nanchors=10,10\nclasses=1\n")
	var b bytes.Buffer
	for _, v := range []any{[3]int32{0, 2, 5}, uint64(0), make([]float32, 6+6*3*3*3)} {
		if err := binary.Write(&b, binary.LittleEndian, v); err != nil {
			t.Fatal(err)
		}
	}
	writeFile(t, "yolo-fastest-1.1.weights", b.String())
}

// docWeights writes weights of random numbers under the names of published ones.
func docWeights(t *testing.T) {
	t.Helper()
	save := func(path string, side int, model func(s graph.Scope, x *graph.Node) *graph.Node) {
		store := graph.NewStore(graph.Float32, 1)
		g := graph.New(store, graph.Eval)
		model(g.Scope(), g.Input("x", 1, 3, side, side))
		if err := g.Err(); err != nil {
			t.Fatal(err)
		}
		if err := checkpoint.Save(path, store, nil); err != nil {
			t.Fatal(err)
		}
	}
	save("resnet20-12fca82f.th", 32, func(s graph.Scope, x *graph.Node) *graph.Node {
		return zoo.NewResNet20(s, 10, zoo.Pad).Forward(x)
	})
	save("squeezenet1_0.safetensors", 64, func(s graph.Scope, x *graph.Node) *graph.Node {
		return zoo.NewSqueezeNet10(s, 1000, zoo.SqueezeNetOpts{}).Forward(x)
	})
	save("squeezenet1_1_notop.safetensors", 64, func(s graph.Scope, x *graph.Node) *graph.Node {
		return zoo.NewSqueezeNet11(s, 1000, zoo.SqueezeNetOpts{}).Forward(x)
	})
	weights, err := os.ReadFile(filepath.Join(fixture.run, "last", "model.safetensors"))
	if err != nil {
		t.Fatal(err)
	}
	for _, name := range []string{"lenet_judge.safetensors", "lenet.safetensors"} {
		writeFile(t, name, string(weights))
	}
}
