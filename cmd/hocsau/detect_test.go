package main

import (
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/hocsau/hocsau/datasets/box"
	"github.com/hocsau/hocsau/datasets/image"
	"github.com/hocsau/hocsau/datasets/shapes"
)

// scenes writes n drawn pictures into dir/JPEGImages and returns what is in them.
func scenes(t *testing.T, dir string, n int, task shapes.Task) (*shapes.Set, []box.Annotation) {
	t.Helper()
	const side = 64
	set, err := shapes.New(shapes.Options{Task: task, Len: n, Size: side, Seed: 5})
	if err != nil {
		t.Fatal(err)
	}
	if err := os.MkdirAll(filepath.Join(dir, "JPEGImages"), 0o777); err != nil {
		t.Fatal(err)
	}
	var all []box.Annotation
	for i := range n {
		p := &image.Picture{Pix: make([]float32, 3*side*side), Channels: 3, Height: side, Width: side}
		if _, err := set.At(i, p.Pix); err != nil {
			t.Fatal(err)
		}
		name := fmt.Sprintf("p%d.png", i)
		if err := image.WritePNG(filepath.Join(dir, "JPEGImages", name), p); err != nil {
			t.Fatal(err)
		}
		objects, err := set.Objects(i)
		if err != nil {
			t.Fatal(err)
		}
		all = append(all, box.Annotation{Image: name, Width: side, Height: side, Objects: box.Resize(objects, side, side)})
	}
	return set, all
}

func writeFile(t *testing.T, path, text string) {
	t.Helper()
	if err := os.MkdirAll(filepath.Dir(path), 0o777); err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(path, []byte(text), 0o666); err != nil {
		t.Fatal(err)
	}
}

// vocFolder writes a set in VOC form: one annotation is broken, one missing.
func vocFolder(t *testing.T, dir string) {
	t.Helper()
	_, all := scenes(t, dir, 8, shapes.Detect)
	for i, a := range all[:6] {
		data, err := box.EncodeVOC(a)
		if err != nil {
			t.Fatal(err)
		}
		writeFile(t, filepath.Join(dir, "Annotations", fmt.Sprintf("p%d.xml", i)), string(data))
	}
	writeFile(t, filepath.Join(dir, "Annotations", "p6.xml"), "<annotation><object>")
	writeFile(t, filepath.Join(dir, "ImageSets", "Main", "trainval.txt"), "p0\np1\np2\np3\np6\np7\n")
	writeFile(t, filepath.Join(dir, "ImageSets", "Main", "test.txt"), "p4\np5\n")
}

func TestDetect_run(t *testing.T) {
	t.Chdir(t.TempDir())
	vocFolder(t, "voc")
	args := []string{"train", "yolo", "--data", "voc", "--data-dir", "voc", "--epochs", "2", "--val", "0.2", "--set", "size=64x64,anchors=2", "--out", "run"}
	r := hocsau(append(args, "--json")...)
	if r.code != exitOK || !strings.Contains(r.err, "warning: ") || !strings.Contains(r.err, "p6.xml") {
		t.Fatalf("exit %d, %s", r.code, r.err)
	}
	lines := objects(t, r.out)
	done := lines[len(lines)-1]
	for _, key := range []string{"map50", "map", "ms_per_picture"} {
		if _, ok := done[key]; !ok {
			t.Errorf("done line %v lacks %s", done, key)
		}
	}
	if done["examples"] != 2.0 {
		t.Errorf("done line %v, want 2 examples", done)
	}
	out := ok(t, "eval", "run", "--plot")
	if !strings.HasPrefix(out, "class ") || !strings.Contains(out, "map50 ") {
		t.Errorf("eval %s", out)
	}
	o := objects(t, ok(t, "detect", "run", "voc/JPEGImages/p1.png", "--score", "0", "--out", "found"))[0]
	if keysOf(o) != "detections file height ms picture width" || o["width"] != 64.0 || len(o["detections"].([]any)) == 0 {
		t.Errorf("object %v", o)
	}
	checkPNG(t, filepath.Join("found", "p1.png"))
	if o := objects(t, ok(t, "predict", "run", "voc/JPEGImages/p1.png", "--score", "1"))[0]; len(o["detections"].([]any)) != 0 {
		t.Errorf("object %v, want nothing above a score of 1", o)
	}
	two := objects(t, ok(t, "detect", "run", "voc/JPEGImages/p1.png", "voc/JPEGImages/p1.png", "--out", "found"))
	if two[0]["picture"] == two[1]["picture"] {
		t.Errorf("two pictures were drawn into %v", two[0]["picture"])
	}
	refused(t, exitUsage, []string{"detect", "run"}, "detect: 1 argument, expected a run")
	refused(t, exitUsage, []string{"detect", "run", "a.png", "--score", "2"}, "--score 2: expected 0 to 1")
	refused(t, exitFailure, []string{"detect", "run", "nowhere.png"}, "nowhere.png")
	refused(t, exitFailure, []string{"detect", "nowhere", "a.png"}, "no run nowhere")
	refused(t, exitUsage, []string{"detect", fixture.run, "a.png"}, "lenet is no model that finds objects")
	refused(t, exitFailure, []string{"detect", "net.cfg", "a.png"}, "net.cfg")
	if out := ok(t, "data", "preview", "voc", "--data-dir", "voc", "--n", "2"); !strings.Contains(out, "2 examples of voc drawn in voc.png") {
		t.Errorf("preview %s", out)
	}
}

// TestDetect_one: localiser on YOLO's text files, landmarks on a table of points.
func TestDetect_one(t *testing.T) {
	t.Chdir(t.TempDir())
	set, all := scenes(t, "yolo", 8, shapes.Localise)
	if err := os.Rename(filepath.Join("yolo", "JPEGImages"), filepath.Join("yolo", "images")); err != nil {
		t.Fatal(err)
	}
	writeFile(t, filepath.Join("yolo", "classes.txt"), strings.Join(set.Classes(), "\n"))
	for i, a := range all {
		if i == 3 {
			continue // without labels: no object
		}
		data, err := box.EncodeYOLO(a, set.Classes())
		if err != nil {
			t.Fatal(err)
		}
		writeFile(t, filepath.Join("yolo", "labels", fmt.Sprintf("p%d.txt", i)), string(data))
	}
	lines := objects(t, ok(t, "train", "localiser", "--data", "folder", "--data-dir", "yolo", "--epochs", "1", "--out", "one", "--json"))
	if done := lines[len(lines)-1]; done["iou"] == nil || done["examples"] != 2.0 {
		t.Errorf("done %v", done)
	}
	o := objects(t, ok(t, "detect", "one", "yolo/images/p1.png", "--score", "0"))[0]
	if len(o["detections"].([]any)) > 1 {
		t.Errorf("object %v, want at most one box", o)
	}

	set, _ = scenes(t, "marks", 8, shapes.Landmark)
	table := "file,x1,y1,x2,y2,x3,y3,x4,y4\n"
	for i := range 8 {
		marks, err := set.Marks(i)
		if err != nil {
			t.Fatal(err)
		}
		table += fmt.Sprintf("JPEGImages/p%d.png", i)
		for _, v := range marks {
			table += fmt.Sprintf(",%.2f", 64*v)
		}
		table += "\n"
	}
	writeFile(t, filepath.Join("marks", "landmarks.csv"), table)
	lines = objects(t, ok(t, "train", "landmarks", "--data", "folder", "--data-dir", "marks", "--epochs", "1", "--out", "points", "--json"))
	if done := lines[len(lines)-1]; done["landmark_error"] == nil {
		t.Errorf("done %v", done)
	}
	o = objects(t, ok(t, "detect", "points", "marks/JPEGImages/p1.png"))[0]
	if len(o["landmarks"].([]any)) != 4 {
		t.Errorf("object %v, want four points", o)
	}
	checkPNG(t, filepath.Join("detections", "p1.png"))

	writeFile(t, filepath.Join("marks", "landmarks.csv"), "JPEGImages/p0.png,1,2,3\n")
	refused(t, exitFailure, []string{"train", "landmarks", "--data", "folder", "--data-dir", "marks"}, "landmarks.csv: line 1 has 4 fields, expected a file with pairs of x, y")
	writeFile(t, filepath.Join("marks", "landmarks.csv"), "../p0.png,1,2\n")
	refused(t, exitFailure, []string{"train", "landmarks", "--data", "folder", "--data-dir", "marks"}, "leads out of the folder")
	refused(t, exitFailure, []string{"train", "landmarks", "--data", "folder", "--data-dir", "yolo"}, "no landmarks.csv")
	refused(t, exitFailure, []string{"train", "localiser", "--data", "folder", "--data-dir", "marks"}, "expected Annotations in VOC form, or images, labels and classes.txt")
	refused(t, exitUsage, []string{"train", "yolo", "--set", "size=50x50"}, "--set size=50x50: expected WIDTHxHEIGHT, multiples of 16")
	refused(t, exitUsage, []string{"train", "yolo", "--set", "size=64x32"}, "shapes are drawn in squares")
	refused(t, exitFailure, []string{"train", "yolo", "--data", "coco", "--data-dir", "marks"}, "no annotations/*.json")
}

// TestDetect_coco reads one file for all parts.
func TestDetect_coco(t *testing.T) {
	t.Chdir(t.TempDir())
	set, all := scenes(t, "coco", 6, shapes.Detect)
	data, err := box.EncodeCOCO(&box.Set{Classes: set.Classes(), Items: all})
	if err != nil {
		t.Fatal(err)
	}
	if err := os.Rename(filepath.Join("coco", "JPEGImages"), filepath.Join("coco", "images")); err != nil {
		t.Fatal(err)
	}
	writeFile(t, filepath.Join("coco", "annotations", "instances_all.json"), string(data))
	lines := objects(t, ok(t, "train", "yolo", "--data", "coco", "--data-dir", "coco", "--epochs", "1", "--val", "0", "--set", "size=64x64,anchors=2,loss=squares", "--out", "run", "--json"))
	if done := lines[len(lines)-1]; done["map50"] == nil || done["examples"] != 1.0 {
		t.Errorf("done %v", done)
	}
}

// TestDetect_regions: the three networks on regions train from the command.
func TestDetect_regions(t *testing.T) {
	t.Chdir(t.TempDir())
	vocFolder(t, "voc")
	for _, model := range []string{"rcnn", "fast-rcnn", "faster-rcnn"} {
		r := hocsau("train", model, "--data", "voc", "--data-dir", "voc", "--epochs", "1", "--val", "0", "--batch", "2", "--set", "size=64x64,anchors=2", "--out", model, "--json")
		if r.code != exitOK {
			t.Fatalf("%s: %s", model, r.err)
		}
		lines := objects(t, r.out)
		if done := lines[len(lines)-1]; done["map50"] == nil || done["examples"] != 2.0 {
			t.Errorf("%s: done %v", model, done)
		}
		o := objects(t, ok(t, "predict", model, "voc/JPEGImages/p1.png", "--score", "0.01"))[0]
		if keysOf(o) != "detections file height ms width" {
			t.Errorf("%s: object %v", model, o)
		}
	}
}
