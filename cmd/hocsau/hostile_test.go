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
		lines := strings.SplitAfter(strings.TrimRight(errs.String(), "\n"), "\n") // what it does may stand before
		checkError(t, lines[len(lines)-1]+"\n", "no space left on device")
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

// No command overwrites what it reads.
func TestRun_keepsInputs(t *testing.T) {
	t.Chdir(t.TempDir())
	vocFolder(t, "voc")
	ok(t, "train", "yolo", "--data", "voc", "--data-dir", "voc", "--epochs", "1", "--val", "0.2", "--set", "size=64x64,anchors=2", "--out", "run")
	picture, err := os.ReadFile("voc/JPEGImages/p1.png")
	if err != nil {
		t.Fatal(err)
	}
	if err := os.Symlink("mine.png", "link.png"); err != nil {
		t.Skip(err)
	}
	for _, c := range []struct {
		code int
		args []string
		want string
	}{
		{exitFailure, []string{"detect", "run", "mine.png", "--out", "."}, "mine.png would be written over"},
		{exitFailure, []string{"detect", "run", "link.png", "--out", "."}, "link.png would be written over"},
		{exitUsage, []string{"style", "mine.png", "voc/JPEGImages/p2.png", "--out", "mine.png"}, "--out mine.png: the command reads that file"},
		{exitUsage, []string{"style", "mine.png", "voc/JPEGImages/p2.png", "--out", "link.png"}, "--out link.png: the command reads that file"},
		{exitUsage, []string{"summary", "lenet", "--weights", "mine.png", "--svg", "mine.png"}, ""},
		{exitFailure, []string{"weights", "convert", "run/best/model.safetensors", "run/best/model.safetensors"}, "is the file that is read"},
	} {
		writeFile(t, "mine.png", string(picture))
		refused(t, c.code, c.args, c.want)
		if now, err := os.ReadFile("mine.png"); err != nil || !bytes.Equal(now, picture) {
			t.Errorf("hocsau %s: mine.png was changed, %v", strings.Join(c.args, " "), err)
		}
	}
}
