package datasets

import (
	"context"
	"net/http"
	"path/filepath"

	"github.com/pkg/errors"

	"github.com/hocsau/hocsau/datasets/download"
)

// GetOptions says how to download a set.
type GetOptions struct {
	Root    string       // data root to download into, empty means CacheRoot
	Offline bool         // do not use the network
	Client  *http.Client // nil means http.DefaultClient

	// Progress, if any, is called with the bytes that lie in a file of the
	// set and the bytes of the whole file, or -1 when that is not known.
	Progress func(file string, done, total int64)
}

// Get downloads the known set name into its folder below o.Root, checks it
// and returns the folder. Files that are there already stay; what was broken
// off goes on where it ended.
func Get(ctx context.Context, name string, o GetOptions) (string, error) {
	set, err := Lookup(name)
	if err != nil {
		return "", errors.Wrap(err, "get data")
	}
	if set.Origin != Known {
		return "", errors.Errorf("get data: %s is %s, there is nothing to download", name, set.Title)
	}
	if o.Root == "" {
		if o.Root, err = CacheRoot(); err != nil {
			return "", err
		}
	}
	return get(ctx, set, o)
}

// Locate finds the set name as Find does, and where it is not on this machine
// downloads it as Get does.
func Locate(ctx context.Context, name, dataDir string, o GetOptions) (string, error) {
	dir, notFound := Find(name, dataDir)
	if !errors.Is(notFound, ErrNotFound) {
		return dir, notFound
	}
	set, err := Lookup(name)
	if err != nil || len(set.Files) == 0 {
		return "", notFound
	}
	if dir, err = Get(ctx, name, o); err != nil {
		return "", errors.WithMessage(err, notFound.Error())
	}
	return dir, nil
}

func get(ctx context.Context, set Set, o GetOptions) (string, error) {
	dir := filepath.Join(o.Root, filepath.FromSlash(set.Folder))
	if missingIn(dir, set) == "" && damagedIn(dir, set) == "" {
		return dir, nil
	}
	if len(set.Files) == 0 {
		return "", errors.Errorf("get data: no download of %s is known, put it into %s", set.Name, dir)
	}
	for _, f := range set.Files {
		options := download.Options{Client: o.Client, Offline: o.Offline}
		if o.Progress != nil {
			options.Progress = func(done, total int64) { o.Progress(f.Name, done, total) }
		}
		err := download.Fetch(ctx, download.File{
			Path: filepath.Join(dir, filepath.FromSlash(f.Name)),
			URLs: f.URLs,
			Sum:  f.Sum,
			Size: f.Size,
		}, options)
		if err != nil {
			return "", errors.Wrapf(err, "get data %s", set.Name)
		}
	}
	if missing := missingIn(dir, set); missing != "" {
		return "", errors.Wrapf(ErrNotFound, "get data %s: after the download %s has %s", set.Name, dir, missing)
	}
	return dir, nil
}
