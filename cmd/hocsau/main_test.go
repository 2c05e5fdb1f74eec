package main

import (
	"bytes"
	"context"
	"encoding/json"
	"io"
	"maps"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"go.uber.org/goleak"

	"github.com/hocsau/hocsau/datasets"
	"github.com/hocsau/hocsau/datasets/digits"
	"github.com/hocsau/hocsau/datasets/idx"
)

// asCommand makes the test binary the command itself, for tests that need a
// process.
const asCommand = "HOCSAU_TEST_COMMAND"

// fixture has a small IDX folder and a finished run, made once for all tests,
// which must not change them.
var fixture struct{ data, run string }

func TestMain(m *testing.M) {
	if os.Getenv(asCommand) != "" {
		main()
	}
	goleak.VerifyTestMain(withFixture{m})
}

// withFixture runs the tests with the fixture.
type withFixture struct{ *testing.M }

func (f withFixture) Run() int {
	dir, err := os.MkdirTemp("", "hocsau")
	if err != nil {
		panic(err)
	}
	defer func() { _ = os.RemoveAll(dir) }()
	// No data of this machine takes part, and nothing is downloaded.
	for _, name := range []string{"HOME", "XDG_CACHE_HOME", "LocalAppData"} {
		_ = os.Setenv(name, filepath.Join(dir, "home"))
	}
	_ = os.Unsetenv(datasets.Variable)
	fixture.data = filepath.Join(dir, "idx")
	if err := writeIDX(fixture.data, 1000, 100); err != nil {
		panic(err)
	}
	fixture.run = filepath.Join(dir, "lenet")
	args := []string{"train", "lenet", "--data", "idx", "--data-dir", fixture.data, "--epochs", "4", "--val", "0.1", "--batch", "32", "--out", fixture.run}
	if code := execute(context.Background(), args, nil, io.Discard, os.Stderr); code != exitOK {
		return code
	}
	return f.M.Run()
}

// writeIDX writes the first digits of the built-in set as IDX files.
func writeIDX(dir string, trainCount, testCount int) error {
	if err := os.MkdirAll(dir, 0o777); err != nil {
		return err
	}
	train, test := digits.Open(1)
	for _, part := range []struct {
		set  datasets.Dataset
		n    int
		name string
	}{{train, trainCount, "train"}, {test, testCount, "t10k"}} {
		if part.n == 0 {
			continue
		}
		images := &idx.Array{Shape: []int{part.n, 28, 28}}
		labels := &idx.Array{Shape: []int{part.n}}
		x := make([]float32, 28*28)
		for i := range part.n {
			y, err := part.set.At(i, x)
			if err != nil {
				return err
			}
			for _, v := range x {
				images.Data = append(images.Data, byte(255*v+0.5))
			}
			labels.Data = append(labels.Data, byte(y))
		}
		for name, a := range map[string]*idx.Array{"-images-idx3-ubyte": images, "-labels-idx1-ubyte": labels} {
			var b bytes.Buffer
			if err := idx.Write(&b, a); err != nil {
				return err
			}
			if err := os.WriteFile(filepath.Join(dir, part.name+name), b.Bytes(), 0o666); err != nil {
				return err
			}
		}
	}
	return nil
}

// result is what a command did.
type result struct {
	code     int
	out, err string
}

// hocsau runs the command in this process.
func hocsau(args ...string) result { return hocsauIn(context.Background(), nil, args...) }

func hocsauIn(ctx context.Context, stdin io.Reader, args ...string) result {
	var out, err bytes.Buffer
	code := execute(ctx, args, stdin, &out, &err)
	return result{code, out.String(), err.String()}
}

// ok runs the command and returns its output.
func ok(t *testing.T, args ...string) string {
	t.Helper()
	r := hocsau(args...)
	if r.code != exitOK {
		t.Fatalf("hocsau %s: exit %d: %s", strings.Join(args, " "), r.code, r.err)
	}
	return r.out
}

// refused runs the command, which must fail with that code and say so in one
// line that has all of wants.
func refused(t *testing.T, code int, args []string, wants ...string) {
	t.Helper()
	r := hocsau(args...)
	if r.code != code {
		t.Errorf("hocsau %s: exit %d, want %d: %s%s", strings.Join(args, " "), r.code, code, r.out, r.err)
	}
	checkError(t, r.err, wants...)
}

func checkError(t *testing.T, message string, wants ...string) {
	t.Helper()
	if !strings.HasPrefix(message, "hocsau: ") || strings.Count(message, "\n") != 1 || !strings.HasSuffix(message, "\n") {
		t.Errorf("error %q, want one line that begins with hocsau:", message)
	}
	if strings.Contains(message, "panic") || strings.Contains(message, "goroutine") || strings.Contains(message, "internal error") {
		t.Errorf("error %q", message)
	}
	for _, want := range wants {
		if !strings.Contains(filepath.ToSlash(message), want) {
			t.Errorf("error %q, want %q", message, want)
		}
	}
}

// objects reads the JSON objects of the lines of an output.
func objects(t *testing.T, out string) []map[string]any {
	t.Helper()
	var list []map[string]any
	for _, line := range strings.Split(strings.TrimSuffix(out, "\n"), "\n") {
		var o map[string]any
		if err := json.Unmarshal([]byte(line), &o); err != nil {
			t.Fatalf("line %q: %v", line, err)
		}
		list = append(list, o)
	}
	return list
}

func keysOf(o map[string]any) string {
	return strings.Join(slices.Sorted(maps.Keys(o)), " ")
}

// smallRun returns a train command with the small set.
func smallRun(model, out string, more ...string) []string {
	return append([]string{"train", model, "--data", "idx", "--data-dir", fixture.data, "--epochs", "1", "--out", out}, more...)
}

func TestRun_wrongUsage(t *testing.T) {
	t.Chdir(t.TempDir())
	for _, c := range []struct {
		args string
		want []string
	}{
		{"trian lenet", []string{`unknown command "trian": did you mean "train"? Known are bench, cheatsheet, check, `}},
		{"zzzzzz", []string{`unknown command "zzzzzz": expected one of bench, cheatsheet, check, `}},
		{"data lst", []string{`unknown command "data lst": did you mean "data list"?`}},
		{"check grd lenet", []string{`did you mean "check grad"?`}},
		{"help trian", []string{`did you mean "train"?`}},
		{"help data lst", []string{`did you mean "data list"?`}},
		{"train", []string{"train: 0 arguments, expected the name of a model; hocsau models lists them"}},
		{"train lenet mlp", []string{"train: 2 arguments"}},
		{"train lnet", []string{`unknown model "lnet": did you mean "lenet"? Known are `}},
		{"train lenet --epoch 3", []string{"unknown flag --epoch: did you mean --epochs?"}},
		{"train lenet --zzzz", []string{"unknown flag --zzzz; hocsau train --help lists the flags"}},
		{"train lenet -e 3", []string{"unknown flag -e: flags have two dashes"}},
		{"train lenet --epochs", []string{"flag needs an argument: --epochs"}},
		{"train lenet --epochs x", []string{`invalid argument "x" for "--epochs"`}},
		{"train lenet --epochs 0", []string{"--epochs 0: expected at least 1"}},
		{"train lenet --batch 0", []string{"--batch 0: expected at least 1"}},
		{"train lenet --batch -5", []string{"--batch -5: expected at least 1"}},
		{"train lenet --lr 0", []string{"--lr 0: expected a positive number"}},
		{"train lenet --lr nan", []string{"--lr NaN: expected a positive number"}},
		{"train lenet --lr inf", []string{"--lr +Inf: expected a positive number"}},
		{"train lenet --val 1", []string{"--val 1: expected a share in [0, 1)"}},
		{"train lenet --val -0.1", []string{"--val -0.1"}},
		{"train lenet --seed -1", []string{`invalid argument "-1" for "--seed"`}},
		{"train lenet --data mnits", []string{`unknown data set for lenet "mnits": did you mean "mnist"? Known are digits, `}},
		{"train lenet --solver adma", []string{`unknown solver "adma": did you mean "adam"? Known are `}},
		{"train lenet --set treads=1", []string{`unknown setting "treads": did you mean "threads"? Known are `}},
		{"train lenet --set schedule=onecicle", []string{`unknown schedule "onecicle": did you mean "onecycle"?`}},
		{"train lenet --set augment=crop+flop", []string{`unknown augmentation "flop": did you mean "flip"?`}},
		{"train lenet --set weight_decay=-1", []string{"--set weight_decay=-1: expected a number from 0 on"}},
		{"train lenet --set threads", []string{"key=value"}},
		{"train lenet --set threads=0", []string{"--set threads=0: expected at least 1"}},
		{"train lenet --set threads=two", []string{"--set threads=two: "}},
		{"train lenet --set clip=-1", []string{"--set clip=-1: expected a positive number"}},
		{"train lenet --set save_every=5", []string{"--set save_every=5: "}},
		{"train lenet --resume", []string{"--resume: expected the run's folder in --out"}},
		{"train lenet --config none.yaml", []string{"--config: open none.yaml: no such file"}},
		{"eval", []string{"eval: 0 arguments, expected the folder of a run"}},
		{"eval lenet", []string{"lenet is a model: --weights says which weights to use"}},
		{"predict last", []string{"predict: 1 argument, expected a run (or last) and one or more inputs"}},
		{"predict lent --weights w.safetensors a.png", []string{`unknown model "lent": did you mean "lenet"?`}},
		{"predict lenet --weights w.safetensors --data idx a.png", []string{"--data idx: its classes are in its files only"}},
		{"models xyz", []string{`unknown model "xyz": expected one of `}},
		{"models [", []string{`models "[": a malformed pattern`}},
		{"models a b", []string{"models: 2 arguments, expected at most one pattern"}},
		{"summary lenet --batch 0", []string{"--batch 0: expected at least 1"}},
		{"data get mnits", []string{`unknown data set "mnits": did you mean "mnist"?`}},
		{"data preview digts", []string{`unknown data set "digts": did you mean "digits"?`}},
		{"data preview digits --n 0", []string{"--n 0: expected at least 1"}},
		{"check overfit lenet --epochs 3", []string{"unknown flag --epochs"}},
		{"bench lenet_relu_trian", []string{`unknown task "lenet_relu_trian": did you mean "lenet_relu_train"?`}},
		{"train lenet --epochs 9000000000000000000", []string{"--epochs 9000000000000000000: expected at most 1000000000"}},
		{"train lenet --set schedule=multistep,schedule_at=9000000000000000000", []string{"expected epochs from 1 to 1000000000"}},
		{"train lenet --set schedule=step,schedule_every=9000000000000000000", []string{"schedule_every=9000000000000000000: expected at most 1000000000"}},
		{"bench lenet_relu_train startup", []string{"expected it first, found lenet_relu_train before it"}},
		{"version x", []string{"version: 1 argument, expected none"}},
	} {
		t.Run(c.args, func(t *testing.T) { refused(t, exitUsage, strings.Fields(c.args), c.want...) })
	}
	if left, err := os.ReadDir("."); err != nil || len(left) != 0 {
		t.Errorf("wrong usage left %v behind, %v", left, err)
	}
}

// What fails before the first step leaves no half-made run behind.
func TestRun_failures(t *testing.T) {
	t.Chdir(t.TempDir())
	if err := os.WriteFile("file", nil, 0o666); err != nil {
		t.Fatal(err)
	}
	if err := os.Mkdir("empty", 0o777); err != nil {
		t.Fatal(err)
	}
	for _, c := range []struct {
		args string
		want []string
	}{
		{"train lenet --data mnist --offline --out a/b", []string{"mnist", "HOCSAU_DATA", "hocsau data get mnist", "offline"}},
		{"train lenet --data idx", []string{"idx", "--data-dir"}},
		{"train lenet --data idx --out a/b", []string{"idx", "--data-dir"}},
		{"train lenet --data idx --data-dir none --out a/b", []string{"none"}},
		{"train lenet --data idx --data-dir . --out a/b", []string{"idx"}},
		{"train lenet --out file", []string{"open run", "file"}},
		{"train lenet --batch 99999 --drop-last --out a/b", []string{"batch size 99999 with the last, smaller batch dropped leaves nothing of 9500 examples"}},
		{"eval last", []string{"no runs in runs yet", "train lenet makes one"}},
		{"eval nowhere", []string{"no run nowhere: expected the folder of a run, or last"}},
		{"eval empty", []string{"empty holds no checkpoint, expected best or last in it"}},
		{"predict last a.png", []string{"no runs in runs yet"}},
		{"predict lenet --weights none.safetensors a.png", []string{"load weights", "none.safetensors", "no such file"}},
		{"data get mnist --offline", []string{"mnist", "offline"}},
		{"data get digits", []string{"there is nothing to download"}},
		{"data preview digits --n 1 --out none/d.png", []string{"none/d.png"}},
		{"data preview mnist --offline", []string{"mnist", "offline"}},
	} {
		t.Run(c.args, func(t *testing.T) { refused(t, exitFailure, strings.Fields(c.args), c.want...) })
		for _, dir := range []string{"a", "runs"} {
			if left, err := os.ReadDir(dir); err == nil {
				t.Errorf("%s is left behind, with %v", dir, left)
			}
		}
	}
}

// No panic reaches the user.
func TestRun_recovers(t *testing.T) {
	var errs bytes.Buffer
	code := execute(t.Context(), []string{"version"}, nil, panicking{}, &errs)
	if code != exitFailure || errs.String() != "hocsau: internal error: broken (please report it with the command)\n" {
		t.Errorf("exit %d, %q", code, errs.String())
	}
}

type panicking struct{}

func (panicking) Write([]byte) (int, error) { panic("broken") }

func TestRun_help(t *testing.T) {
	for _, args := range [][]string{nil, {"--help"}, {"help"}} {
		out := ok(t, args...)
		for _, want := range []string{"hocsau train lenet", "Learn:", "Train:", "Use:", "Look:", "Data:", "predict "} {
			if !strings.Contains(out, want) {
				t.Errorf("help %v lacks %q", args, want)
			}
		}
	}
	for _, args := range []string{"help train", "train --help", "data", "data --help", "help data get", "check"} {
		if out := ok(t, strings.Fields(args)...); !strings.Contains(out, "Usage:\n  hocsau ") {
			t.Errorf("%s: %s", args, out)
		}
	}
	if out := ok(t, "completion", "bash"); !strings.Contains(out, "hocsau") {
		t.Error("no completion for bash")
	}
	if out := ok(t, "__complete", "train", ""); !strings.Contains(out, "lenet\n") {
		t.Errorf("models are not completed: %s", out)
	}
}
