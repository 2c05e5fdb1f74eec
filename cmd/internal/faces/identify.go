package faces

import (
	"context"
	"fmt"
	"io/fs"
	"math"
	"os"
	"path/filepath"
	"slices"
	"strings"

	"github.com/pkg/errors"
	"github.com/spf13/cobra"

	"github.com/hocsau/hocsau/cmd/internal/run"
	"github.com/hocsau/hocsau/zoo/gallery"
)

// galleryFile is the database in the folder of a gallery.
const galleryFile = "gallery.safetensors"

// unknown is the answer where nobody is near enough.
const unknown = "unknown"

// identifyCommand returns identify.
func identifyCommand(a *run.App) *cobra.Command {
	var u useFlags
	var dir, enroll string
	c := &cobra.Command{
		Use:     "identify RUN|MODEL PICTURE… --gallery DIR",
		Short:   "Say whom pictures show, among the people of a gallery",
		GroupID: run.GroupUse,
		Long: `identify says whom pictures show: the person of the gallery whose embedding is
nearest, or unknown where the squared distance exceeds the run's threshold.

The gallery is a folder. ` + galleryFile + ` in it is a database of embeddings, to
which --enroll NAME adds the pictures given. Sub-folders of pictures, one a person,
belong to the gallery too, where the database does not have the person; their
embeddings are computed at each call until --enroll saves them with the others.`,
		Example: `  hocsau identify last an.jpg --gallery people --enroll An
  hocsau identify last who.jpg --gallery people
  hocsau identify last who.pgm --gallery faces/orl_faces --json`,
		Args: run.Takes(2, math.MaxInt, "a run (or last) and one or more pictures"),
		RunE: func(c *cobra.Command, args []string) error {
			if dir == "" {
				return run.Usagef("identify: --gallery is missing, expected the folder of a gallery")
			}
			pictures, err := a.Pictures(args[1:])
			if err != nil {
				return err
			}
			return identify(c.Context(), a, args[0], pictures, dir, enroll, u)
		},
	}
	u.declare(c)
	c.Flags().StringVar(&dir, "gallery", "", "folder of the gallery")
	c.Flags().StringVar(&enroll, "enroll", "", "add the pictures to the gallery under this name")
	return c
}

func identify(ctx context.Context, a *run.App, name string, pictures []string, dir, enroll string, f useFlags) error {
	if name, ok := strings.CutPrefix(enroll, "-"); ok {
		return run.Usagef("--enroll -%s: expected a name", name)
	}
	u, err := openForUse(a, name, f.weights, f.data)
	if err != nil {
		return err
	}
	defer u.Close()
	g, err := u.gallery(ctx, a, dir, enroll != "")
	if err != nil {
		return err
	}
	if enroll != "" {
		return u.enroll(ctx, a, g, dir, enroll, pictures)
	}
	limit, _, err := u.limit(f.limits)
	if err != nil {
		return err
	}
	if g.Len() == 0 {
		return errors.Errorf("gallery %s is empty: %s identify %s PICTURE --gallery %s --enroll NAME adds someone", dir, run.Self(), run.ShellWord(name), run.ShellWord(dir))
	}
	failed := 0
	for _, path := range pictures {
		if err := u.identifyOne(ctx, a, g, path, limit); err != nil {
			if len(pictures) == 1 {
				return err
			}
			failed++
			fmt.Fprintf(a.Err, "hocsau: %s\n", run.OneLine(err.Error()))
		}
	}
	if failed > 0 {
		return errors.Errorf("%d of %d pictures could not be read", failed, len(pictures))
	}
	return nil
}

func (u *used) identifyOne(ctx context.Context, a *run.App, g *gallery.Gallery, path string, limit float64) error {
	points, err := u.embedFile(ctx, a, path)
	if err != nil {
		return err
	}
	answers, err := g.Identify(points, limit)
	if err != nil {
		return errors.Wrapf(err, "identify %s", path)
	}
	who := answers[0]
	name := who.Name
	if !who.Known {
		name = unknown
	}
	if a.JSON {
		return a.PrintJSON(map[string]any{
			"file": path, "name": name, "known": who.Known, "distance": who.Distance, "threshold": limit, "nearest": who.Nearest, "gallery": g.Len(),
		})
	}
	if who.Known {
		_, err = fmt.Fprintf(a.Out, "%s: %s; distance %.4f, threshold %.4f\n", path, name, who.Distance, limit)
	} else {
		_, err = fmt.Fprintf(a.Out, "%s: %s; the nearest is %s at distance %.4f, threshold %.4f\n", path, name, who.Name, who.Distance, limit)
	}
	return err
}

// embedFile returns the embedding of a picture.
func (u *used) embedFile(ctx context.Context, a *run.App, path string) ([]float32, error) {
	pix, err := u.read(a, path)
	if err != nil {
		return nil, err
	}
	return u.EmbedInputs(ctx, pix)
}

// gallery opens the gallery in a folder: its database, and the pictures in
// sub-folders that the database has not. A folder that is to be made may be
// missing.
func (u *used) gallery(ctx context.Context, a *run.App, dir string, create bool) (*gallery.Gallery, error) {
	info, err := os.Stat(dir)
	missing := errors.Is(err, fs.ErrNotExist)
	switch {
	case missing && create:
	case err != nil:
		return nil, errors.Wrap(err, "gallery")
	case !info.IsDir():
		return nil, errors.Errorf("gallery %s is a file, expected a folder", dir)
	}
	model, err := u.fingerprint()
	if err != nil {
		return nil, err
	}
	dim, err := u.dim()
	if err != nil {
		return nil, err
	}
	g, err := gallery.Load(filepath.Join(dir, galleryFile), dim, model)
	if errors.Is(err, fs.ErrNotExist) {
		g, err = gallery.New(dim, model), nil
	}
	if err != nil || missing {
		return g, err
	}
	return g, u.addFolders(ctx, a, g, dir)
}

// addFolders enrolls the pictures in the sub-folders of people whom the gallery
// does not know yet.
func (u *used) addFolders(ctx context.Context, a *run.App, g *gallery.Gallery, dir string) error {
	entries, err := os.ReadDir(dir)
	if err != nil {
		return errors.Wrap(err, "gallery")
	}
	known := g.Names()
	for _, e := range entries {
		if !e.IsDir() || strings.HasPrefix(e.Name(), ".") || slices.Contains(known, e.Name()) {
			continue
		}
		files, err := os.ReadDir(filepath.Join(dir, e.Name()))
		if err != nil {
			return errors.Wrap(err, "gallery")
		}
		var x []float32
		for _, file := range files {
			if file.IsDir() || strings.HasPrefix(file.Name(), ".") {
				continue
			}
			path := filepath.Join(dir, e.Name(), file.Name())
			pix, err := u.read(a, path)
			if err != nil { // one bad file hides nobody else
				fmt.Fprintf(a.Err, "hocsau: warning: left out of the gallery: %s\n", run.OneLine(err.Error()))
				continue
			}
			x = append(x, pix...)
		}
		if len(x) == 0 {
			continue
		}
		points, err := u.EmbedInputs(ctx, x)
		if err != nil {
			return errors.Wrapf(err, "gallery: %s", e.Name())
		}
		if err := g.Enroll(e.Name(), points); err != nil {
			return err
		}
	}
	return nil
}

// enroll adds pictures of a person and saves the gallery.
func (u *used) enroll(ctx context.Context, a *run.App, g *gallery.Gallery, dir, name string, pictures []string) error {
	for _, path := range pictures {
		points, err := u.embedFile(ctx, a, path)
		if err != nil {
			return err
		}
		if err := g.Enroll(name, points); err != nil {
			return err
		}
	}
	if err := os.MkdirAll(dir, 0o777); err != nil {
		return errors.Wrap(err, "gallery")
	}
	path := filepath.Join(dir, galleryFile)
	if err := g.Save(path); err != nil {
		return err
	}
	if a.JSON {
		return a.PrintJSON(map[string]any{"enrolled": name, "pictures": len(pictures), "people": len(g.Names()), "gallery": g.Len(), "file": path})
	}
	_, err := fmt.Fprintf(a.Out, "enrolled %s with %d more of %d pictures; the gallery has %d people, saved in %s\n", name, len(pictures), g.Len(), len(g.Names()), path)
	return err
}
