package main

import (
	"bytes"
	"errors"
	"os"
	"path/filepath"
	"strings"
	"testing"
)

type fullDisk struct{}

func (fullDisk) Write([]byte) (int, error) { return 0, errors.New("no space left on device") }

// What could not be written is no success, whatever the command.
func TestRun_outputFull(t *testing.T) {
	t.Chdir(t.TempDir())
	for _, args := range [][]string{
		{"--help"}, {"help", "train"}, {"train", "--help"}, {"doctor"}, {"version"}, {"models"}, {"data", "list"}, {"weights", "list"},
		{"cheatsheet"}, {"completion", "bash"}, {"summary", "lenet"}, {"runs", "list", filepath.Dir(fixture.run)}, {"check", "data", "lenet"},
		{"check", "grad", "lenet"}, {"eval", fixture.run, "--data-dir", fixture.data}, {"eval", fixture.run, "--data-dir", fixture.data, "--json"},
	} {
		var errs bytes.Buffer
		if code := execute(t.Context(), args, nil, fullDisk{}, &errs); code != exitFailure {
			t.Errorf("hocsau %s: exit %d, want %d: %s", strings.Join(args, " "), code, exitFailure, errs.String())
		}
		checkError(t, errs.String(), "no space left on device")
	}
}

// No name of a file or in a file reaches a terminal as a command to it.
func TestRun_escapes(t *testing.T) {
	t.Chdir(t.TempDir())
	evil := "\x1b]0;evil\a\u009b2J\u202e"
	for _, args := range [][]string{
		{"train", evil}, {evil}, {"eval", evil}, {"predict", fixture.run, evil + ".png"}, {"weights", "show", evil}, {"train", "lenet", "--" + evil},
		{"train", "lenet", "--set", evil + "=1"}, {"train", "lenet", "--out", "x", "--config", evil},
	} {
		r := hocsau(args...)
		if r.code == exitOK || strings.ContainsAny(r.out+r.err, "\x1b\a\u009b\u202e") {
			t.Errorf("hocsau %q: exit %d: %q", args, r.code, r.out+r.err)
		}
	}
}

// Where runs cannot be looked at, train says so at once.
func TestTrain_runsIsAFile(t *testing.T) {
	t.Chdir(t.TempDir())
	if err := os.WriteFile("runs", nil, 0o600); err != nil {
		t.Fatal(err)
	}
	refused(t, exitFailure, []string{"train", "lenet"}, "find a free name in runs", "--out")
}
