package train

import (
	"context"
	"fmt"
	"math/rand/v2"
	"os"
	"os/exec"
	"strconv"
	"testing"
	"time"
)

// childEnv names the run folder for the process that is killed.
const childEnv = "HOCSAU_TEST_RUN"

// limitEnv limits the size of the files that the child writes, in bytes.
const limitEnv = "HOCSAU_TEST_FILE_LIMIT"

// child trains in a folder, saving as often as it can.
func child(dir string) int {
	if limit, err := strconv.ParseUint(os.Getenv(limitEnv), 10, 64); err == nil {
		if err := limitFiles(limit); err != nil {
			fmt.Fprintln(os.Stderr, err)
			return 1
		}
	}
	f, err := OpenFolder(dir)
	if err != nil {
		fmt.Fprintln(os.Stderr, err)
		return 1
	}
	defer f.Close()
	var tb childTB
	l := newLoop(&tb, f, config{})
	l.SaveEvery = 1 // a nanosecond: after each step
	if _, _, err := l.Resume(); err != nil {
		fmt.Fprintln(os.Stderr, err)
		return 1
	}
	for l.Next(context.Background()) {
	}
	if err := l.Err(); err != nil {
		fmt.Fprintln(os.Stderr, err)
		return 1
	}
	return 0
}

// childTB stands for a test in a process that is none.
type childTB struct{ testing.TB }

func (childTB) Helper()        {}
func (childTB) Cleanup(func()) {}
func (childTB) Fatal(args ...any) {
	fmt.Fprintln(os.Stderr, args...)
	os.Exit(1)
}

// A run that is killed at random moments ends with the bits of one that is not.
func TestLoop_killed(t *testing.T) {
	runs, kills := 2, 4
	if os.Getenv("HOCSAU_LONG") != "" {
		runs, kills = 20, 10
	}
	whole := t.TempDir()
	begin := time.Now()
	if out, err := start(whole).CombinedOutput(); err != nil {
		t.Fatalf("%v: %s", err, out)
	}
	took := time.Since(begin)
	finish(t, whole, config{})
	r := rand.New(rand.NewPCG(uint64(begin.UnixNano()), 0))
	for range runs {
		dir, killed := t.TempDir(), 0
		for range kills {
			c := start(dir)
			if err := c.Start(); err != nil {
				t.Fatal(err)
			}
			time.Sleep(time.Duration(r.Int64N(int64(took) * 2 / 3)))
			_ = c.Process.Kill()
			if c.Wait() != nil {
				killed++
			}
		}
		if out, err := start(dir).CombinedOutput(); err != nil {
			t.Fatalf("after %d kills: %v: %s", killed, err, out)
		}
		t.Logf("%d of %d killed before the end", killed, kills)
		same(t, dir, whole)
		checkLog(t, dir)
		if t.Failed() {
			t.FailNow()
		}
	}
}

func start(dir string) *exec.Cmd {
	c := exec.Command(os.Args[0])
	c.Env = append(os.Environ(), childEnv+"="+dir)
	return c
}
