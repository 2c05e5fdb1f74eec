package main

import (
	"fmt"
	"maps"
	"path/filepath"
	"strings"
	"testing"

	"github.com/hocsau/hocsau/internal/golden"
)

// A finished run that goes on to more epochs ends as one that was made for them,
// where its learning rate does not depend on their number.
func TestTrain_moreEpochs(t *testing.T) {
	root := t.TempDir()
	for _, c := range []struct{ name, model, set string }{
		{"accuracy", "mlp", "threads=1"},
		{"patience", "mlp", "patience=3"},
		{"step", "mlp", "schedule=step,schedule_every=1"},
	} {
		t.Run(c.name, func(t *testing.T) {
			grown, whole := filepath.Join(root, c.name, "grown"), filepath.Join(root, c.name, "whole")
			args := func(dir string, more ...string) []string {
				return smallRun(c.model, dir, append([]string{"--val", "0.1", "--batch", "32", "--set", c.set, "--json"}, more...)...)
			}
			ok(t, args(grown, "--epochs", "2")...)
			lines := objects(t, ok(t, args(grown, "--resume", "--epochs", "4")...))
			want := objects(t, ok(t, args(whole, "--epochs", "4")...))
			if len(lines) != 3 || lines[0]["epoch"] != 3.0 {
				t.Fatalf("found %v, want epochs 3 and 4", lines)
			}
			if got, want := timeless(lines[2]), timeless(want[4]); got != want {
				t.Errorf("grown to 4 epochs: %s, made for 4: %s", got, want)
			}
			before := snapshot(t, grown)
			again := objects(t, ok(t, args(grown, "--resume", "--epochs", "4")...))
			if len(again) != 1 || snapshot(t, grown) != before {
				t.Errorf("a finished run was changed: %v", again)
			}
			refused(t, exitUsage, args(grown, "--resume", "--epochs", "3"), "--epochs 3: run "+grown+" has trained 4 epochs, expected at least as many")
			if snapshot(t, grown) != before {
				t.Error("the refused run was changed")
			}
		})
	}
}

// timeless is a done line without what differs between two runs.
func timeless(line map[string]any) string {
	m := maps.Clone(line)
	delete(m, "run")
	delete(m, "seconds")
	return fmt.Sprint(m)
}

// A run that stopped by its patience goes on with the patience begun anew.
func TestTrain_moreEpochsAfterPatience(t *testing.T) {
	dir := filepath.Join(t.TempDir(), "run")
	args := func(more ...string) []string {
		return smallRun("mlp", dir, append([]string{"--val", "0.1", "--json", "--set", "patience=1,min_delta=0.9"}, more...)...)
	}
	first := objects(t, ok(t, args("--epochs", "5")...))
	if n := len(first) - 1; n != 2 {
		t.Fatalf("%d epochs, want 2", n)
	}
	if again := objects(t, ok(t, args("--epochs", "5", "--resume")...)); len(again) != 1 {
		t.Errorf("resumed: %v", again)
	}
	if more := objects(t, ok(t, args("--epochs", "6", "--resume")...)); len(more) != 2 || more[0]["epoch"] != 3.0 {
		t.Errorf("with more epochs: %v", more)
	}
}

// A schedule that depends on the number of epochs says so.
func TestTrain_moreEpochsOfSchedule(t *testing.T) {
	for _, schedule := range []string{"cosine", "linear", "onecycle", "polynomial", "trapezoid", "warmupcosine", "step", "multistep", "restarts"} {
		dir := filepath.Join(t.TempDir(), "run")
		ok(t, smallRun("mlp", dir, "--set", "schedule="+schedule)...)
		r := hocsau(smallRun("mlp", dir, "--resume", "--epochs", "2")...)
		if r.code != exitOK || !strings.Contains(r.err, "schedule "+schedule+" depends on the number of epochs, 1 before, now 2: the learning rate goes from ") {
			t.Errorf("%s: exit %d, %q", schedule, r.code, r.err)
		}
		if !strings.Contains(r.out, "going on in epoch 2 at batch 1\n") {
			t.Errorf("%s: %s", schedule, r.out)
		}
	}
}

// Word vectors and GANs, whose loops differ, go on, too.
func TestTrain_moreEpochsOfOthers(t *testing.T) {
	t.Chdir(t.TempDir())
	for _, model := range []string{"glove", "skipgram", "cbow"} {
		args := func(dir string, more ...string) []string {
			return append([]string{"train", model, "--json", "--set", "threads=1,dim=10", "--out", dir}, more...)
		}
		ok(t, args(model, "--epochs", "2")...)
		r := hocsau(args(model, "--epochs", "4", "--resume")...)
		if r.code != exitOK {
			t.Fatalf("%s: %s", model, r.err)
		}
		lines := objects(t, r.out)
		if len(lines) != 3 || lines[0]["epoch"] != 3.0 || lines[2]["epochs"] != 4.0 {
			t.Errorf("%s: %v", model, lines)
		}
		if model != "glove" {
			if !strings.Contains(r.err, "the fall of the learning rate to 0 depends on the number of epochs, 2 before, now 4") {
				t.Errorf("%s: %q", model, r.err)
			}
			continue
		}
		want := objects(t, ok(t, args("whole", "--epochs", "4")...))
		if got, want := timeless(lines[2]), timeless(want[4]); got != want {
			t.Errorf("glove grown to 4 epochs: %s, made for 4: %s", got, want)
		}
	}
	ok(t, smallGAN("dcgan", "gan")...)
	lines := objects(t, ok(t, smallGAN("dcgan", "gan", "--resume", "--epochs", "3", "--json")...))
	if last := lines[len(lines)-1]; last["epochs"] != 3.0 {
		t.Errorf("dcgan: %v", last)
	}
}

func TestCase12_moreEpochs(t *testing.T) {
	var want struct {
		Epochs       float64 `json:"epochs"`
		TestAccuracy float64 `json:"test_accuracy"`
	}
	golden.EverydayCopy(t, "12-resume-more-epochs", &want)
	args := func(dir string, more ...string) []string {
		return append([]string{"train", "mlp", "--data", "idx", "--data-dir", "set", "--val", "0", "--batch", "16", "--seed", "1", "--json", "--out", dir}, more...)
	}
	ok(t, args("r", "--epochs", "2")...)
	r := objects(t, ok(t, args("r", "--epochs", "4", "--resume")...))
	s := objects(t, ok(t, args("s", "--epochs", "4")...))
	got, whole := r[len(r)-1], s[len(s)-1]
	if timeless(got) != timeless(whole) || got["epochs"] != want.Epochs || got["test_accuracy"] != want.TestAccuracy {
		t.Errorf("resumed %v, in one %v, want %+v", got, whole, want)
	}
	refused(t, exitUsage, args("r", "--epochs", "3", "--resume"), "has trained 4 epochs")
}
