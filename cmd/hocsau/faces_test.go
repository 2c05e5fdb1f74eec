package main

import (
	"math"
	"math/rand/v2"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/hocsau/hocsau/datasets/image"
)

// peopleFolder makes a folder of people with pictures of 46×56 pixels: waves of
// their own, at another place in each picture. The last person has one picture.
func peopleFolder(t *testing.T, people, each int) string {
	t.Helper()
	dir := t.TempDir()
	r := rand.New(rand.NewPCG(1, 1))
	for p := range people {
		sub := filepath.Join(dir, "p"+string(rune('a'+p)))
		if err := os.Mkdir(sub, 0o777); err != nil {
			t.Fatal(err)
		}
		fx, fy := 0.2+r.Float64(), 0.2+r.Float64()
		count := each
		if p == people-1 {
			count = 1
		}
		for k := range count {
			pic := &image.Picture{Pix: make([]float32, 56*46), Channels: 1, Height: 56, Width: 46}
			at := 3 * r.Float64()
			for i := range pic.Pix {
				wave := math.Sin(fx*float64(i%46)+at) * math.Sin(fy*float64(i/46)+at)
				pic.Pix[i] = float32(0.5 + 0.3*wave + 0.05*r.NormFloat64())
			}
			if err := image.WritePNG(filepath.Join(sub, string(rune('0'+k))+".png"), pic); err != nil {
				t.Fatal(err)
			}
		}
	}
	return dir
}

const faceKeys = "auc best_epoch data eer epochs event examples model oneshot_accuracy run seconds"

// facesRun trains in a moment and returns the people with the run.
func facesRun(t *testing.T, model string) (people, run string) {
	t.Helper()
	people, run = peopleFolder(t, 12, 4), filepath.Join(t.TempDir(), "run")
	lines := objects(t, ok(t, "train", model, "--data", "folder", "--data-dir", people, "--epochs", "1", "--batch", "8", "--set", "pictures=2,dim=16", "--out", run, "--json"))
	epoch, done := lines[0], lines[len(lines)-1]
	for _, key := range []string{"train_loss", "val_auc", "val_eer", "val_oneshot_accuracy"} {
		if _, ok := epoch[key].(float64); !ok {
			t.Errorf("%s: %s is %v", model, key, epoch[key])
		}
	}
	if keysOf(done) != faceKeys || !(done["auc"].(float64) > 0.5) {
		t.Errorf("%s: done %v", model, done)
	}
	evaluated := objects(t, ok(t, "eval", run, "--json"))
	for key, v := range done {
		if key != "seconds" && evaluated[0][key] != v {
			t.Errorf("%s: eval: %s is %v, train said %v", model, key, evaluated[0][key], v)
		}
	}
	return people, run
}

func TestFaces_siamese(t *testing.T) {
	_, run := facesRun(t, "siamese")
	out := ok(t, "eval", run, "--plot")
	for _, name := range []string{"roc.png", "hardest.png"} {
		checkPNG(t, filepath.Join(run, name))
		if !strings.Contains(out, "drawn: "+filepath.Join(run, name)) {
			t.Errorf("%s is not named:\n%s", name, out)
		}
	}
	if !strings.HasPrefix(out, "strangers accepted") || !strings.Contains(out, "\nthreshold: squared distance ") || !strings.Contains(out, "\nrecall at 5: ") || !strings.Contains(out, "\nauc 0.") && !strings.Contains(out, "\nauc 1.") {
		t.Errorf("output %s", out)
	}
}

func TestFaces_verifyIdentify(t *testing.T) {
	people, run := facesRun(t, "triplet")
	a, other := filepath.Join(people, "pa", "0.png"), filepath.Join(people, "pb", "0.png")

	same := objects(t, ok(t, "verify", run, a, a, "--json"))[0]
	if same["same"] != true || same["distance"].(float64) > 1e-9 || !(same["threshold"].(float64) > 0) || same["far"] != 0.01 {
		t.Errorf("a picture with itself: %v", same)
	}
	if out := ok(t, "verify", run, a, other, "--threshold", "0"); !strings.HasPrefix(out, "no: not the same; distance ") {
		t.Errorf("two people: %s", out)
	}
	if out := ok(t, "verify", run, a, other, "--threshold", "4"); !strings.HasPrefix(out, "yes: the same; distance ") {
		t.Errorf("within the largest distance: %s", out)
	}
	refused(t, exitUsage, []string{"verify", run, a, a, "--far", "0.02"}, "--far 0.02: the run has thresholds for [0.001 0.01 0.05 0.1]")
	refused(t, exitUsage, []string{"verify", run, a, a, "--far", "0.01", "--threshold", "1"}, "--threshold and --far: expected one of them")
	refused(t, exitUsage, []string{"verify", run, a}, "expected a run (or last) and two pictures")
	refused(t, exitFailure, []string{"verify", run, a, filepath.Join(people, "none.png")}, "none.png", "no such file")
	refused(t, exitFailure, []string{"verify", fixture.run, a, a}, "is a lenet, expected siamese or triplet")

	embedded := objects(t, ok(t, "predict", run, a, "--json"))[0]
	if e, is := embedded["embedding"].([]any); !is || len(e) != 16 || embedded["file"] != a {
		t.Errorf("predict: %v", embedded)
	}

	db := filepath.Join(t.TempDir(), "people")
	query := filepath.Join(people, "pa", "1.png")
	refused(t, exitUsage, []string{"identify", run, query}, "--gallery is missing")
	refused(t, exitFailure, []string{"identify", run, query, "--gallery", db}, "people", "no such file")
	if err := os.Mkdir(db, 0o777); err != nil {
		t.Fatal(err)
	}
	refused(t, exitFailure, []string{"identify", run, query, "--gallery", db}, "is empty", "--enroll NAME adds someone")
	enrolled := objects(t, ok(t, "identify", run, a, query, "--gallery", db, "--enroll", "An", "--json"))[0]
	if enrolled["enrolled"] != "An" || enrolled["people"] != 1.0 || enrolled["gallery"] != 2.0 {
		t.Errorf("enrolled %v", enrolled)
	}
	ok(t, "identify", run, other, "--gallery", db, "--enroll", "Bình")
	answers := objects(t, ok(t, "identify", run, a, other, "--gallery", db, "--json"))
	for i, want := range []string{"An", "Bình"} {
		if answers[i]["name"] != want || answers[i]["known"] != true || answers[i]["gallery"] != 3.0 || answers[i]["distance"].(float64) > 1e-9 {
			t.Errorf("answer %v, want %s", answers[i], want)
		}
	}
	stranger := filepath.Join(people, "pc", "0.png")
	unknown := objects(t, ok(t, "identify", run, stranger, "--gallery", db, "--threshold", "0", "--json"))[0]
	if unknown["name"] != "unknown" || unknown["known"] != false || len(unknown["nearest"].([]any)) != 2 {
		t.Errorf("a stranger: %v", unknown)
	}
	if out := ok(t, "identify", run, stranger, "--gallery", db, "--threshold", "0"); !strings.Contains(out, ": unknown; the nearest is ") {
		t.Errorf("a stranger: %s", out)
	}

	// A folder of people is a gallery, one of whom has one picture; files that
	// are no pictures are left out.
	if err := os.WriteFile(filepath.Join(people, "pb", "notes.txt"), []byte("none"), 0o666); err != nil {
		t.Fatal(err)
	}
	r := hocsau("identify", run, filepath.Join(people, "pl", "0.png"), "--gallery", people, "--json")
	if r.code != exitOK || !strings.Contains(r.err, "left out of the gallery") || !strings.Contains(r.err, "notes.txt") {
		t.Fatalf("exit %d, errors %s", r.code, r.err)
	}
	if found := objects(t, r.out)[0]; found["name"] != "pl" || found["gallery"] != 45.0 {
		t.Errorf("a person with one picture: %v", found)
	}

	file := filepath.Join(db, "gallery.safetensors")
	if err := os.WriteFile(file, []byte("nonsense"), 0o666); err != nil {
		t.Fatal(err)
	}
	refused(t, exitFailure, []string{"identify", run, a, "--gallery", db}, file, "not a gallery")
	refused(t, exitFailure, []string{"identify", run, a, "--gallery", db, "--enroll", "An"}, "not a gallery")
	if b, err := os.ReadFile(file); err != nil || string(b) != "nonsense" {
		t.Errorf("a corrupt gallery was changed: %q, %v", b, err)
	}
}

// The numbers of two networks cannot be compared.
func TestFaces_galleryOfAnotherModel(t *testing.T) {
	people, first := facesRun(t, "triplet")
	second := filepath.Join(t.TempDir(), "run")
	ok(t, "train", "triplet", "--data", "folder", "--data-dir", people, "--epochs", "1", "--batch", "4", "--set", "pictures=2,dim=16", "--seed", "2", "--out", second)
	db, a := filepath.Join(t.TempDir(), "db"), filepath.Join(people, "pa", "0.png")
	ok(t, "identify", first, a, "--gallery", db, "--enroll", "An")
	refused(t, exitFailure, []string{"identify", second, a, "--gallery", db}, "gallery of another model")
}

func TestFaces_wrongSettings(t *testing.T) {
	for _, c := range []struct{ set, want string }{
		{"pictures=1", "--set pictures=1: expected at least 2"},
		{"mining=soft", "mining"},
		{"loss=logistic", "loss"},
		{"margin=-1", "--set margin=-1: expected a number from 0 on"},
		{"far=1", "--set far=1: expected a share below 1"},
		{"far=0", "--set far=0: expected a positive number"},
		{"pictures=40", "--batch 64: expected at least 80"},
	} {
		refused(t, exitUsage, []string{"train", "triplet", "--set", c.set}, c.want)
	}
	refused(t, exitUsage, []string{"train", "triplet", "--drop-last"}, "--drop-last: every batch of triplet is full")
	few := peopleFolder(t, 3, 2)
	refused(t, exitFailure, []string{"train", "siamese", "--data", "folder", "--data-dir", few, "--out", filepath.Join(t.TempDir(), "r")}, "3 sub-folders of people, expected at least 4")
	single := peopleFolder(t, 12, 1)
	refused(t, exitFailure, []string{"train", "siamese", "--data", "folder", "--data-dir", single, "--out", filepath.Join(t.TempDir(), "r")}, "nobody of 2 people to test with has two pictures")
	some := peopleFolder(t, 5, 2)
	refused(t, exitFailure, []string{"train", "siamese", "--data", "folder", "--data-dir", some, "--out", filepath.Join(t.TempDir(), "r")}, "3 people to train on, expected at least 5", "--val 0 keeps none")
}

// Batches are drawn by epoch and number: a run that was interrupted ends with
// the same bits.
func TestFaces_resumes(t *testing.T) {
	people := peopleFolder(t, 12, 4)
	for _, c := range []struct{ model, more string }{{"siamese", ""}, {"siamese", ",loss=logistic"}, {"triplet", ",mining=hard"}} {
		model, root := c.model, t.TempDir()
		whole, dir := filepath.Join(root, "whole"), filepath.Join(root, "part")
		args := func(dir string) []string {
			return []string{"train", model, "--data", "folder", "--data-dir", people, "--epochs", "2", "--batch", "4", "--set", "pictures=2,dim=8" + c.more, "--out", dir}
		}
		ok(t, args(whole)...)
		stop(t, 2, args(dir))
		if out := ok(t, append(args(dir), "--resume")...); !strings.Contains(out, "going on in epoch 2 at batch 1\n") {
			t.Errorf("%s: %s", model, out)
		}
		if weights(t, dir) != weights(t, whole) {
			t.Errorf("%s: the run that was interrupted ends otherwise", model)
		}
	}
}
