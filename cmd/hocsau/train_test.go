package main

import (
	"context"
	"encoding/json"
	"fmt"
	"image/png"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"runtime"
	"strings"
	"syscall"
	"testing"
	"time"

	"github.com/hocsau/hocsau/solvers/train"
	"github.com/hocsau/hocsau/zoo/card"
)

const doneKeys = "best_epoch data epochs event examples model run seconds test_accuracy test_loss test_top5"

func TestTrain_json(t *testing.T) {
	dir := filepath.Join(t.TempDir(), "run")
	lines := objects(t, ok(t, smallRun("mlp", dir, "--epochs", "2", "--val", "0.1", "--json")...))
	if len(lines) != 3 {
		t.Fatalf("%d lines, want two epochs and done: %v", len(lines), lines)
	}
	for i, e := range lines[:2] {
		if e["event"] != "epoch" || e["epoch"] != float64(i+1) {
			t.Errorf("line %d: %v", i+1, e)
		}
		for _, key := range []string{"train_loss", "val_loss", "val_accuracy", "samples_per_s"} {
			if v, ok := e[key].(float64); !ok || !(v > 0) {
				t.Errorf("line %d: %s is %v", i+1, key, e[key])
			}
		}
	}
	done := lines[2]
	if keysOf(done) != doneKeys || done["event"] != "done" || done["run"] != dir || done["epochs"] != 2.0 || done["examples"] != 100.0 {
		t.Errorf("last line %v", done)
	}
	checkFolder(t, dir)

	evaluated := objects(t, ok(t, "eval", dir, "--json"))
	last := evaluated[len(evaluated)-1]
	for key, v := range done {
		if key != "seconds" && last[key] != v {
			t.Errorf("eval: %s is %v, train said %v", key, last[key], v)
		}
	}
	if keysOf(last) != doneKeys {
		t.Errorf("eval: keys %s, want %s", keysOf(last), doneKeys)
	}

	before := snapshot(t, dir)
	again := objects(t, ok(t, smallRun("mlp", dir, "--epochs", "2", "--val", "0.1", "--json", "--resume")...))
	if len(again) != 1 || fmt.Sprint(again[0]) != fmt.Sprint(done) {
		t.Errorf("resumed when finished: %v, want %v", again, done)
	}
	if out := ok(t, "train", "mlp", "--out", dir, "--resume"); !strings.Contains(out, dir+" is finished: test_accuracy ") || !strings.HasSuffix(out, " --plot\n") {
		t.Errorf("resumed when finished: %s", out)
	}
	if after := snapshot(t, dir); after != before {
		t.Error("a finished run was changed")
	}
	refused(t, exitFailure, smallRun("mlp", dir), "holds a run already: --resume goes on with it, with more --epochs also where it is finished; another --out starts a new one")
}

// checkFolder looks at all that a finished run keeps.
func checkFolder(t *testing.T, dir string) {
	t.Helper()
	for _, name := range []string{"config.yaml", "metrics.jsonl", "last/model.safetensors", "last/state.safetensors", "last/meta.json", "best/model.safetensors", "best/meta.json"} {
		if _, err := os.Stat(filepath.Join(dir, filepath.FromSlash(name))); err != nil {
			t.Error(err)
		}
	}
	if _, err := os.Stat(filepath.Join(dir, "best", "state.safetensors")); err == nil {
		t.Error("best has a solver's state")
	}
	if events, _ := filepath.Glob(filepath.Join(dir, "events.out.tfevents.*")); len(events) == 0 {
		t.Errorf("no event file")
	}
	checkPNG(t, filepath.Join(dir, "curves.png"))
	for _, name := range []string{"last", "best"} {
		m, err := train.ReadMeta(filepath.Join(dir, name))
		var about saved
		if err == nil {
			err = json.Unmarshal(m.Model, &about)
		}
		if err != nil || about.Test == nil || about.Card.Familiar == nil || about.Model != "mlp" || len(about.Card.Classes) != 10 {
			t.Errorf("%s says %+v, %v", name, about, err)
		}
	}
}

// saved is what a checkpoint says of a classifier.
type saved struct {
	Model string          `json:"model"`
	Data  string          `json:"data"`
	Card  *card.Card      `json:"card"`
	Test  json.RawMessage `json:"test,omitempty"`
}

func checkPNG(t *testing.T, path string) {
	t.Helper()
	f, err := os.Open(path)
	if err != nil {
		t.Error(err)
		return
	}
	defer f.Close()
	if img, err := png.Decode(f); err != nil || img.Bounds().Dx() < 200 {
		t.Errorf("%s: %v", path, err)
	}
}

// snapshot returns names and contents of all files in a folder.
func snapshot(t *testing.T, dir string) string {
	t.Helper()
	var all strings.Builder
	err := filepath.WalkDir(dir, func(path string, d os.DirEntry, err error) error {
		if err != nil || d.IsDir() {
			return err
		}
		b, err := os.ReadFile(path)
		fmt.Fprintf(&all, "%s %q\n", path, b)
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
	return all.String()
}

func TestTrain_plain(t *testing.T) {
	t.Chdir(t.TempDir())
	out := ok(t, "train", "lenet", "--data", "idx", "--data-dir", fixture.data, "--epochs", "2", "--val", "0.2")
	for _, want := range []string{
		`^lenet: 61,706 parameters; idx: 800 examples to train on, 200 to validate, 100 to test; adam, learning rate 0.001, batch 64\n`,
		`\nepoch 1/2  train_loss \d\.\d{4}  val_accuracy [01]\.\d{4}  val_loss \d\.\d{4}  +[\d,]+/s  best\n`,
		`\nepoch 2/2  train_loss `,
		`[✓✗]`,
		`\ntest_accuracy 0\.\d{4}  test_top5 \d\.\d{4}  test_loss \d\.\d{4}  on 100 examples, after [\d.]+m?s; saved in runs.lenet-1\n`,
		`\nLook at its mistakes with\n.* eval runs.lenet-1 --plot\n$`,
	} {
		if !regexp.MustCompile(want).MatchString(out) {
			t.Errorf("output lacks %q:\n%s", want, out)
		}
	}
	if strings.ContainsAny(out, "\r\x1b") {
		t.Error("a pipe got a terminal's codes")
	}
	ok(t, "train", "lenet", "--data", "idx", "--data-dir", fixture.data, "--epochs", "1", "--json")
	if last := objects(t, ok(t, "eval", "last", "--json")); last[0]["run"] != filepath.Join("runs", "lenet-2") {
		t.Errorf("last is %v, want the second run", last[0]["run"])
	}
}

func TestTrain_withoutValidation(t *testing.T) {
	dir := filepath.Join(t.TempDir(), "run")
	lines := objects(t, ok(t, smallRun("mlp", dir, "--val", "0", "--json")...))
	if keysOf(lines[0]) != "epoch event learn_rate samples_per_s step train_loss" || lines[1]["best_epoch"] != 0.0 {
		t.Errorf("lines %v", lines)
	}
	if _, err := os.Stat(filepath.Join(dir, "best")); err == nil {
		t.Error("a best checkpoint without validation")
	}
	if lines := objects(t, ok(t, "eval", dir, "--json")); keysOf(lines[0]) != doneKeys {
		t.Errorf("eval: %v", lines)
	}
}

func weights(t *testing.T, dir string) string {
	t.Helper()
	b, err := os.ReadFile(filepath.Join(dir, "last", "model.safetensors"))
	if err != nil {
		t.Fatal(err)
	}
	return string(b)
}

func TestTrain_sameSeedSameBits(t *testing.T) {
	root := t.TempDir()
	n := 0
	once := func(more ...string) string {
		n++
		dir := filepath.Join(root, fmt.Sprint(n))
		ok(t, smallRun("lenet", dir, more...)...)
		return weights(t, dir)
	}
	for _, threads := range []string{"1", "2"} {
		first, second := once("--set", "threads="+threads), once("--set", "threads="+threads)
		if first != second {
			t.Errorf("%s threads: two runs of one seed differ", threads)
		}
	}
	if once("--seed", "2") == once("--seed", "3") {
		t.Error("two seeds give the same weights")
	}
}

func TestTrain_settings(t *testing.T) {
	root := t.TempDir()
	file := func(name, text string) string {
		path := filepath.Join(root, name)
		if err := os.WriteFile(path, []byte(text), 0o666); err != nil {
			t.Fatal(err)
		}
		return path
	}
	good := file("good.yaml", "epochs: 1\ndata: idx\ndata_dir: "+fixture.data+"\nsolver: sgd\nseed: 7\nset: {threads: \"1\"}\n")
	dir := filepath.Join(root, "run")
	ok(t, "train", "mlp", "--config", good, "--batch", "50", "--val", "0.1", "--out", dir, "--json")
	b, err := os.ReadFile(filepath.Join(dir, "config.yaml"))
	if err != nil {
		t.Fatal(err)
	}
	for _, want := range []string{"model: mlp", "data: idx", "epochs: 1", "batch: 50", "val: 0.1", "solver: sgd", "lr: 0.01", "seed: 7", `threads: "1"`, "version: "} {
		if !strings.Contains(string(b), want) {
			t.Errorf("config.yaml lacks %q:\n%s", want, b)
		}
	}
	// What was saved serves as settings of another run.
	again := filepath.Join(root, "again")
	ok(t, "train", "mlp", "--config", filepath.Join(dir, "config.yaml"), "--out", again, "--json")
	if weights(t, dir) != weights(t, again) {
		t.Error("a run with the settings of another ends otherwise")
	}
	for _, c := range []struct {
		text string
		want []string
	}{
		{"epoch: 3\n", []string{`line 1: unknown setting "epoch": did you mean "epochs"?`}},
		{"epochs: 3\nzzzzzz: 1\n", []string{`line 2: unknown setting "zzzzzz": expected one of batch, `}},
		{"epochs: many\n", []string{"line 1: cannot unmarshal `many` into int"}},
		{"- a\n- b\n", []string{"line 1: expected settings such as epochs: 10"}},
		{"", []string{"the file is empty"}},
		{"epochs: [\n", []string{"yaml: "}},
		{"epochs: 1\nepochs: 2\n", []string{"epochs"}},
		{"model: lenet\n", []string{"is for model lenet, not mlp"}},
		{"lr: -1\n", []string{"--lr -1: expected a positive number"}},
		{"solver: admm\n", []string{`unknown solver "admm"`}},
	} {
		path := file("bad.yaml", c.text)
		refused(t, exitUsage, []string{"train", "mlp", "--config", path, "--out", filepath.Join(root, "none")}, c.want...)
	}
}

func TestTrain_resumeOtherSettings(t *testing.T) {
	dir := filepath.Join(t.TempDir(), "run")
	ok(t, smallRun("mlp", dir, "--json")...)
	resume := []string{"train", "mlp", "--out", dir, "--resume"}
	refused(t, exitFailure, append(resume, "--epochs", "5", "--lr", "0.1", "--set", "clip=2"),
		"with other settings: ", "--resume, and --epochs N for more epochs; another --out with --weights "+dir, "lr: the run has 0.001, now 0.1", "set clip: the run has none, now 2")
	refused(t, exitFailure, append(resume, "--data", "digits"), "data: the run has idx, now digits")
	refused(t, exitFailure, append(resume, "--solver", "sgd"), "solver: the run has adam, now sgd", "lr: the run has 0.001, now 0.01")
	refused(t, exitFailure, []string{"train", "lenet", "--out", dir, "--resume"}, "model: the run has mlp, now lenet")
	ok(t, append(resume, "--set", "threads=1", "--set", "save_every=1s")...)

	config := filepath.Join(dir, "config.yaml")
	if err := os.WriteFile(config, []byte("model: mlp\nepocs: 1\n"), 0o666); err != nil {
		t.Fatal(err)
	}
	refused(t, exitFailure, resume, "config.yaml: line 2: unknown setting \"epocs\"")
	refused(t, exitFailure, []string{"eval", dir}, "config.yaml: line 2: unknown setting \"epocs\"")
	if err := os.Remove(config); err != nil {
		t.Fatal(err)
	}
	refused(t, exitFailure, resume, "holds a checkpoint but no config.yaml")
	refused(t, exitFailure, []string{"eval", dir}, "holds no config.yaml")
}

func TestTrain_busy(t *testing.T) {
	dir := t.TempDir()
	f, err := train.OpenFolder(dir)
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	refused(t, exitFailure, smallRun("mlp", dir, "--resume"), "another process trains in this folder", filepath.ToSlash(dir))
}

func TestTrain_otherThreadsWarn(t *testing.T) {
	dir := filepath.Join(t.TempDir(), "run")
	stop(t, 2, smallRun("mlp", dir, "--epochs", "3", "--set", "threads=1", "--json"))
	r := hocsau("train", "mlp", "--out", dir, "--resume", "--set", "threads=2", "--json")
	if r.code != exitOK || !strings.Contains(r.err, "warning: the run was made with") || !strings.Contains(r.err, "on 1 threads, now ") {
		t.Errorf("exit %d, %q", r.code, r.err)
	}
}

// stopper is an output that cancels a context at its nth line.
type stopper struct {
	lines  int
	cancel func()
}

func (s *stopper) Write(b []byte) (int, error) {
	if s.lines -= strings.Count(string(b), "\n"); s.lines <= 0 {
		s.cancel()
	}
	return len(b), nil
}

// stop runs a command until it has printed so many lines.
func stop(t *testing.T, lines int, args []string) {
	t.Helper()
	ctx, cancel := context.WithCancel(t.Context())
	defer cancel()
	var errs strings.Builder
	code := execute(ctx, args, nil, &stopper{lines, cancel}, &errs)
	if code != exitInterrupted {
		t.Fatalf("exit %d, want %d: %s", code, exitInterrupted, errs.String())
	}
	checkError(t, errs.String(), "interrupted; the run is saved, go on with: ", " --resume")
}

func TestTrain_interrupted(t *testing.T) {
	root := t.TempDir()
	whole, dir := filepath.Join(root, "whole"), filepath.Join(root, "a run") // with a blank
	args := func(dir string) []string { return smallRun("lenet", dir, "--epochs", "3", "--val", "0.1") }
	ok(t, args(whole)...)
	stop(t, 1, args(dir)) // when the run is announced, before its first step
	refused(t, exitFailure, []string{"eval", dir + "x"}, "no run ")
	stop(t, 2, append(args(dir), "--resume"))
	out := ok(t, append(args(dir), "--resume")...)
	if !strings.Contains(out, "going on in epoch 2 at batch 1\n") || strings.Contains(out, "epoch 1/3") || !strings.Contains(out, "eval '"+dir+"' --plot") {
		t.Errorf("resumed: %s", out)
	}
	if weights(t, dir) != weights(t, whole) {
		t.Error("the run that was interrupted ends otherwise")
	}
}

// A process that ends between its last epoch and the test is completed.
func TestTrain_finishedButNotTested(t *testing.T) {
	dir := filepath.Join(t.TempDir(), "run")
	lines := objects(t, ok(t, smallRun("mlp", dir, "--json")...))
	meta := filepath.Join(dir, "last", "meta.json")
	m, err := train.ReadMeta(filepath.Join(dir, "last"))
	if err != nil {
		t.Fatal(err)
	}
	var about saved
	if err := json.Unmarshal(m.Model, &about); err != nil {
		t.Fatal(err)
	}
	about.Test, about.Card.Familiar = nil, nil
	if m.Model, err = json.Marshal(about); err != nil {
		t.Fatal(err)
	}
	b, err := json.Marshal(m)
	if err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(meta, b, 0o666); err != nil {
		t.Fatal(err)
	}
	if err := os.Remove(filepath.Join(dir, "curves.png")); err != nil {
		t.Fatal(err)
	}
	again := objects(t, ok(t, smallRun("mlp", dir, "--resume", "--json")...))
	if len(again) != 1 || again[0]["test_accuracy"] != lines[1]["test_accuracy"] {
		t.Errorf("lines %v, want %v", again, lines[1])
	}
	checkFolder(t, dir)
}

// Signals, as a shell sends them: Ctrl-C saves and exits with 130; after kill -9
// the run goes on from its last checkpoint.
func TestTrain_signals(t *testing.T) {
	if runtime.GOOS == "windows" {
		t.Skip("no process can send Ctrl-C there")
	}
	root := t.TempDir()
	whole, dir := filepath.Join(root, "whole"), filepath.Join(root, "run")
	args := func(dir string) []string {
		return smallRun("lenet", dir, "--epochs", "4", "--json", "--resume", "--set", "save_every=1ms", "--set", "threads=1")
	}
	ok(t, args(whole)...)
	for _, s := range []os.Signal{os.Interrupt, syscall.SIGKILL} {
		c := exec.Command(os.Args[0], args(dir)...)
		c.Env = append(os.Environ(), asCommand+"=1")
		var errs strings.Builder
		c.Stderr = &errs
		out, err := c.StdoutPipe()
		if err != nil {
			t.Fatal(err)
		}
		if err := c.Start(); err != nil {
			t.Fatal(err)
		}
		line := make([]byte, 1)
		_, _ = io.ReadFull(out, line) // the first epoch is done
		time.Sleep(20 * time.Millisecond)
		if err := c.Process.Signal(s); err != nil {
			t.Fatal(err)
		}
		_, _ = io.Copy(io.Discard, out)
		err = c.Wait()
		if s == os.Interrupt {
			if c.ProcessState.ExitCode() != exitInterrupted {
				t.Errorf("after %v: %v: %s", s, err, errs.String())
			}
			checkError(t, errs.String(), "interrupted; the run is saved")
		} else if err == nil {
			t.Error("the process was done before it was killed")
		}
	}
	ok(t, args(dir)...)
	if weights(t, dir) != weights(t, whole) {
		t.Error("the run that was killed ends otherwise")
	}
}

func TestTrain_diverges(t *testing.T) {
	dir := filepath.Join(t.TempDir(), "run")
	refused(t, exitFailure, smallRun("lenet", dir, "--lr", "1e30", "--set", "save_every=1h"), "epoch 1, batch 2: loss ", "first in Conv2d: ", "conv2.weight", "a smaller learning rate may help")
}
