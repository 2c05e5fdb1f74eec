package run

import (
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"strings"

	"github.com/pkg/errors"
)

// kind is a kind of input files.
type kind struct {
	what string
	ends []string // of their names, in lower case
}

func pictureFiles() kind {
	return kind{"pictures", []string{
		".bmp", ".gif", ".jfif", ".jpe", ".jpeg", ".jpg", ".pbm", ".pfm", ".pgm", ".png", ".pnm", ".ppm", ".tif", ".tiff", ".webp",
	}}
}

func textFiles() kind { return kind{"texts", []string{".txt", ".text", ".md", ".gz", ".bz2", ""}} }

// Pictures returns the files that arguments mean: a folder stands for the pictures
// in and below it, in the order of their names, a pattern such as pics/*.png for
// the files that it fits, where the shell has left it. What is no picture is left
// out of a folder, and said.
func (a *App) Pictures(args []string) ([]string, error) { return a.files(args, pictureFiles()) }

// Texts is Pictures for files of text.
func (a *App) Texts(args []string) ([]string, error) { return a.files(args, textFiles()) }

func (a *App) files(args []string, k kind) ([]string, error) {
	var all []string
	for _, arg := range args {
		paths := []string{arg}
		if _, err := os.Stat(arg); err != nil && arg != "-" && strings.ContainsAny(arg, "*?[") {
			found, err := filepath.Glob(arg)
			if err != nil || len(found) == 0 {
				return nil, errors.Errorf("%s: no file fits this pattern", arg)
			}
			paths = found
		}
		for _, path := range paths {
			if !IsDir(path) {
				all = append(all, path)
				continue
			}
			inside, left, err := k.below(path)
			if err != nil {
				return nil, err
			}
			if len(inside) == 0 {
				return nil, errors.Errorf("folder %s holds no %s, expected files whose names end in %s", path, k.what, strings.TrimSuffix(strings.Join(k.ends, ", "), ", "))
			}
			if len(left) > 0 {
				fmt.Fprintf(a.Err, "hocsau: %s: left out, as no %s: %s\n", path, k.what, Listed(left))
			}
			all = append(all, inside...)
		}
	}
	return all, nil
}

// below returns the files of the kind in and below a folder, and the names of the
// others. Files whose names begin with a dot are passed over.
func (k kind) below(dir string) (inside, left []string, err error) {
	err = filepath.WalkDir(dir, func(path string, e fs.DirEntry, err error) error {
		switch {
		case err != nil:
			return err
		case path != dir && strings.HasPrefix(e.Name(), "."):
			if e.IsDir() {
				return fs.SkipDir
			}
			return nil
		case e.IsDir():
			return nil
		case !isFile(path) || !slices.Contains(k.ends, strings.ToLower(filepath.Ext(path))):
			name, err := filepath.Rel(dir, path)
			left = append(left, name)
			return err
		}
		inside = append(inside, path)
		return nil
	})
	return inside, left, errors.Wrapf(err, "read folder %s", dir)
}

// Outputs returns, for each input, a file in dir that bears its name with the
// ending end, such as "-painted.png". Inputs that would share one keep more of
// their own: first the ending, then the folder, at last a number. A file that is
// itself an input is refused.
func Outputs(dir string, inputs []string, end string) ([]string, error) {
	names := make([]string, len(inputs))
	for i, path := range inputs {
		names[i] = strings.TrimSuffix(filepath.Base(path), filepath.Ext(path))
		if path == "-" {
			names[i] = "stdin"
		}
	}
	for _, longer := range []func(path string) string{
		filepath.Base,
		func(path string) string { return filepath.Base(filepath.Dir(path)) + "-" + filepath.Base(path) },
	} {
		for _, i := range shared(names) {
			names[i] = longer(inputs[i])
		}
	}
	var infos []fs.FileInfo
	for _, path := range inputs {
		if info, err := os.Stat(path); err == nil {
			infos = append(infos, info)
		}
	}
	taken := map[string]bool{}
	out := make([]string, len(inputs))
	for i, name := range names {
		unique := name
		for n := 2; taken[strings.ToLower(unique)]; n++ {
			unique = fmt.Sprintf("%s-%d", name, n)
		}
		taken[strings.ToLower(unique)] = true
		out[i] = filepath.Join(dir, unique+end)
		there, err := os.Stat(out[i])
		if err == nil && slices.ContainsFunc(infos, func(info fs.FileInfo) bool { return os.SameFile(info, there) }) {
			return nil, errors.Errorf("%s would be written over, which is one of the inputs; --out names another place", out[i])
		}
	}
	return out, nil
}

// shared returns the places of names that occur more than once, whatever their
// case.
func shared(names []string) []int {
	count := map[string]int{}
	for _, n := range names {
		count[strings.ToLower(n)]++
	}
	var list []int
	for i, n := range names {
		if count[strings.ToLower(n)] > 1 {
			list = append(list, i)
		}
	}
	return list
}

func isFile(path string) bool {
	info, err := os.Stat(path)
	return err == nil && info.Mode().IsRegular()
}
