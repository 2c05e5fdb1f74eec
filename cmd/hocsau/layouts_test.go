package main

import (
	"encoding/json"
	"fmt"
	"maps"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/hocsau/hocsau/datasets/image"
	"github.com/hocsau/hocsau/internal/golden"
)

// dataParts runs check data and returns examples and labels by part. What it finds
// wrong with the data does not matter here.
func dataParts(t *testing.T, model, data, dir string) (examples map[string]int, labels map[string]map[string]int, says string) {
	t.Helper()
	r := hocsau("check", "data", model, "--data", data, "--data-dir", dir, "--json")
	examples, labels = map[string]int{}, map[string]map[string]int{}
	if r.out == "" {
		t.Fatalf("check data %s: %s", dir, r.err)
	}
	for line := range strings.Lines(r.out) {
		var o struct {
			Part     string
			Examples int
			Labels   map[string]int
		}
		if err := json.Unmarshal([]byte(line), &o); err != nil {
			t.Fatal(err)
		}
		examples[o.Part], labels[o.Part] = o.Examples, o.Labels
	}
	return examples, labels, r.err
}

func TestCase03_namesWithBlanks(t *testing.T) {
	var want struct{ Objects map[string]int }
	golden.EverydayCopy(t, "03-class-names-with-blanks", &want)
	_, labels, _ := dataParts(t, "yolo", "folder", "set")
	sum := map[string]int{}
	for _, part := range labels {
		for c, n := range part {
			sum[c] += n
		}
	}
	if !maps.Equal(sum, want.Objects) {
		t.Errorf("objects %v, want %v", sum, want.Objects)
	}
	ok(t, "train", "yolo", "--data", "folder", "--data-dir", "set", "--epochs", "1", "--set", "size=32x32,anchors=2", "--out", "run")
	done := objects(t, ok(t, "eval", "run", "--json"))[0]
	for c := range want.Objects {
		if _, ok := done["ap50_"+c]; !ok {
			t.Errorf("done line %v lacks %s", done, c)
		}
	}
}

func TestCase04_classesOfPartsDiffer(t *testing.T) {
	var want struct {
		COCO struct {
			Labels map[string]int `json:"labels_of_test"`
		}
	}
	golden.EverydayCopy(t, "04-classes-of-parts-differ", &want)
	_, labels, _ := dataParts(t, "yolo", "coco", "coco")
	if !maps.Equal(labels["test"], want.COCO.Labels) {
		t.Errorf("labels %v, want %v", labels["test"], want.COCO.Labels)
	}
	for dir, says := range map[string]string{"absent": "b_green", "other": "d_yellow"} {
		r := hocsau("train", "resnet20", "--data", "folder", "--data-dir", dir, "--epochs", "8", "--batch", "8", "--val", "0", "--seed", "1", "--out", "run-"+dir, "--json")
		if r.code != exitOK || !strings.Contains(r.err, says) {
			t.Fatalf("%s: exit %d, %s", dir, r.code, r.err)
		}
		lines := objects(t, r.out)
		if a := lines[len(lines)-1]["test_accuracy"].(float64); a < 0.8 {
			t.Errorf("%s: accuracy %g", dir, a)
		}
	}
}

func TestCase05_parts(t *testing.T) {
	var want struct {
		Two   struct{ Train, Never int }
		Three map[string]any
	}
	golden.EverydayCopy(t, "05-parts-val-valid", &want)
	n, labels, _ := dataParts(t, "resnet20", "folder", "two")
	if n["train"]+n["val"] != 12 || n["test"] != 6 || len(labels["train"]) != 2 || labels["test"]["cats"] != 3 {
		t.Errorf("two: %v, %v", n, labels)
	}
	n, labels, says := dataParts(t, "resnet20", "folder", "three")
	for part, v := range map[string]int{"train": 12, "val": 4, "test": 6} {
		if n[part] != v || float64(v) != want.Three[part] {
			t.Errorf("three: %v, %v", n, labels)
		}
	}
	if !strings.Contains(says, "valid/ to validate") {
		t.Errorf("says %s", says)
	}
	// grey models take folders, and the layout says what --data-dir holds
	r := hocsau("train", "lenet", "--data-dir", "three", "--epochs", "1", "--batch", "4", "--out", "run", "--json")
	if r.code != exitOK || !strings.Contains(r.out, `"data":"folder"`) {
		t.Errorf("exit %d, %s%s", r.code, r.out, r.err)
	}
	refused(t, exitUsage, []string{"train", "charlm", "--data-dir", "three"}, "its layout does not say what it is: say with --data")
}

func TestCase06_links(t *testing.T) {
	var want struct{ Labels map[string]map[string]int }
	golden.EverydayCopy(t, "06-linked-folders", &want)
	for link, target := range map[string]string{ // those of links.sh
		"set/green": "../elsewhere/green", "set/red/more": "../../elsewhere/morered", "set/blue/one.png": "../../elsewhere/green/green0.png",
		"set/blue/loop": "..", "set/blue/dead.png": "nowhere.png", "all/green": "../elsewhere/green", "all/red": "../set/red",
	} {
		if err := os.MkdirAll(filepath.Dir(link), 0o777); err != nil {
			t.Fatal(err)
		}
		if err := os.Symlink(target, link); err != nil {
			t.Skip("no links here")
		}
	}
	for dir, labels := range want.Labels {
		_, got, says := dataParts(t, "resnet20", "folder", dir)
		sum := map[string]int{}
		for _, part := range got {
			for c, n := range part {
				sum[c] += n
			}
		}
		if !maps.Equal(sum, labels) {
			t.Errorf("%s: labels %v, want %v", dir, sum, labels)
		}
		if dir == "set" && (!strings.Contains(says, "dead.png: a link to nowhere.png, which leads nowhere") || !strings.Contains(says, "a loop, not followed")) {
			t.Errorf("says %s", says)
		}
	}
}

func TestCase11_17_18_boxLayouts(t *testing.T) {
	t.Run("11", func(t *testing.T) {
		var want struct{ Labels map[string]int }
		golden.EverydayCopy(t, "11-yolo-images-train-layout", &want)
		n, labels, _ := dataParts(t, "yolo", "folder", "set")
		if n["train"]+n["val"] != 8 || n["test"] != 4 || labels["train"]["red"]+labels["val"]["red"]+labels["test"]["red"] != want.Labels["red"] {
			t.Errorf("%v, %v", n, labels)
		}
		ok(t, "train", "yolo", "--data", "folder", "--data-dir", "set", "--epochs", "1", "--set", "size=32x32,anchors=2", "--out", "run")
	})
	t.Run("17", func(t *testing.T) {
		var want struct {
			Set struct {
				Labels map[string]int `json:"labels_of_test"`
			}
		}
		golden.EverydayCopy(t, "17-coco-trainval-test", &want)
		n, labels, _ := dataParts(t, "yolo", "coco", "set")
		if n["train"]+n["val"] != 10 || n["test"] != 5 || !maps.Equal(labels["test"], want.Set.Labels) {
			t.Errorf("%v, %v", n, labels)
		}
	})
	t.Run("18", func(t *testing.T) {
		var want struct {
			Set struct {
				Train, Val, Test int
				Labels           map[string]int `json:"labels_of_train"`
			}
		}
		golden.EverydayCopy(t, "18-roboflow-coco", &want)
		n, labels, _ := dataParts(t, "yolo", "coco", "set")
		if n["train"] != want.Set.Train || n["val"] != want.Set.Val || n["test"] != want.Set.Test || !maps.Equal(labels["train"], want.Set.Labels) {
			t.Errorf("%v, %v", n, labels)
		}
	})
}

func TestCase22_emptyOrSingleClass(t *testing.T) {
	var want struct {
		Warns map[string][]string `json:"warns_or_refuses"`
	}
	golden.EverydayCopy(t, "22-empty-or-single-class", &want)
	for dir, words := range want.Warns {
		r := hocsau("train", "resnet20", "--data", "folder", "--data-dir", dir, "--epochs", "1", "--out", "run-"+dir)
		for _, w := range words {
			if !strings.Contains(r.err, `warning: `) || !strings.Contains(r.err, `"`+w+`"`) {
				t.Errorf("%s: %s", dir, r.err)
			}
		}
	}
}

// The run of a folder judges another folder by its own classes.
func TestEval_classesOfTheRun(t *testing.T) {
	t.Chdir(t.TempDir())
	pictures := map[string]float32{"set/a": 0.2, "set/b": 0.8, "more/b": 0.8, "more/c": 0.5}
	for dir, grey := range pictures {
		for i := range 5 {
			p := &image.Picture{Pix: make([]float32, 3*16*16), Channels: 3, Height: 16, Width: 16}
			for k := range p.Pix {
				p.Pix[k] = grey + float32((k+i)%5)/50
			}
			writePicture(t, filepath.Join(dir, fmt.Sprint(i, ".png")), p)
		}
	}
	ok(t, "train", "mlp", "--data", "folder", "--data-dir", "set", "--epochs", "1", "--batch", "2", "--out", "run")
	r := hocsau("eval", "run", "--data-dir", "more", "--json")
	if r.code != exitOK || !strings.Contains(r.err, `class "c" of more is none of those to train on (a, b)`) {
		t.Errorf("exit %d, %s", r.code, r.err)
	}
}
