package classify

import (
	"context"
	"fmt"
	"maps"
	"os"
	"path/filepath"
	"slices"
	"strings"

	"github.com/pkg/errors"
	"github.com/spf13/cobra"

	"github.com/hocsau/hocsau/cmd/internal/run"
	"github.com/hocsau/hocsau/datasets"
	"github.com/hocsau/hocsau/datasets/download"
	"github.com/hocsau/hocsau/graph/checkpoint"
	"github.com/hocsau/hocsau/zoo/card"
	"github.com/hocsau/hocsau/zoo/catalog"
)

// source is a file of weights that others published.
type source struct {
	name, model, about string
	url                string
	sum                string // the first digits of its SHA-256
}

// sources are the files that weights get knows.
func sources() []source {
	const cifar = "https://raw.githubusercontent.com/akamaster/pytorch_resnet_cifar10/d5489e8995e8/pretrained_models/"
	const torchvision = "https://download.pytorch.org/models/"
	var list []source
	for _, s := range []struct{ model, sum string }{
		{"resnet20", "12fca82f"}, {"resnet32", "d509ac18"}, {"resnet44", "014dd654"}, {"resnet56", "4bfd9763"},
	} {
		list = append(list, source{s.model + "-cifar10", s.model, "CIFAR-10", cifar + s.model + "-" + s.sum + ".th", s.sum})
	}
	for _, s := range []struct{ model, file, sum string }{
		{"resnet18", "resnet18", "f37072fd"}, {"resnet34", "resnet34", "b627a593"}, {"resnet50", "resnet50", "0676ba61"},
		{"squeezenet", "squeezenet1_0", "b66bff10"}, {"squeezenet", "squeezenet1_1", "b8a52dc0"},
		{"vgg16", "vgg16", "397923af"}, {"vgg19", "vgg19", "dcbb9e9d"},
	} {
		list = append(list, source{s.file + "-imagenet", s.model, "ImageNet, by torchvision", torchvision + s.file + "-" + s.sum + ".pth", s.sum})
	}
	return list
}

// path is where the file lies below a data root.
func (s source) path(root string) string {
	return filepath.Join(root, "weights", s.url[strings.LastIndexByte(s.url, '/')+1:])
}

// weightsCommand returns the commands for files of weights.
func weightsCommand(a *run.App, models *catalog.Catalog) *cobra.Command {
	c := run.OnlyBelow(&cobra.Command{Use: "weights", Short: "List, get, show and convert files of trained weights", GroupID: run.GroupUse})
	var dir string
	list := &cobra.Command{
		Use: "list", Short: "List published weights and the models that they are for", Args: run.Takes(0, 0, "none"),
		RunE: func(*cobra.Command, []string) error { return weightsList(a, dir) },
	}
	var offline bool
	get := &cobra.Command{
		Use: "get NAME", Short: "Download published weights", Example: "  hocsau weights get resnet20-cifar10",
		Args: run.Takes(1, 1, "the name of weights; hocsau weights list lists them"),
		RunE: func(c *cobra.Command, args []string) error {
			return weightsGet(c.Context(), a, args[0], dir, offline)
		},
	}
	get.Flags().BoolVar(&offline, "offline", false, "download nothing")
	for _, sub := range []*cobra.Command{list, get} {
		sub.Flags().StringVar(&dir, "data-dir", "", "folder below which weights lie (default: the user's cache)")
	}
	show := &cobra.Command{
		Use: "show FILE", Short: "Show the tensors of a file: safetensors, PyTorch's .pt, .pth or .th",
		Example: "  hocsau weights show resnet20.th",
		Args:    run.Takes(1, 1, "a file of weights"),
		RunE:    func(_ *cobra.Command, args []string) error { return weightsShow(a, models, args[0]) },
	}
	var model string
	convert := &cobra.Command{
		Use: "convert FROM TO", Short: "Write the tensors of a file as safetensors",
		Example: "  hocsau weights convert resnet20.th resnet20.safetensors --model resnet20",
		Args:    run.Takes(2, 2, "a file of weights and the file to write"),
		RunE: func(_ *cobra.Command, args []string) error {
			return weightsConvert(a, args[0], args[1], model)
		},
	}
	convert.Flags().StringVar(&model, "model", "", "give the tensors the names of this model")
	c.AddCommand(list, get, show, convert)
	return c
}

func weightsList(a *run.App, dir string) error {
	root, err := weightsRoot(dir)
	if err != nil {
		return err
	}
	for _, s := range sources() {
		where := s.path(root)
		if !isFile(where) {
			where = ""
		}
		if a.JSON {
			err = a.PrintJSON(map[string]any{"name": s.name, "model": s.model, "about": s.about, "url": s.url, "file": where})
		} else {
			_, err = fmt.Fprintf(a.Out, "%-24s %-12s %-26s %s\n", s.name, s.model, s.about, run.OrElse(where, "not here; "+run.Self()+" weights get "+s.name))
		}
		if err != nil {
			return err
		}
	}
	if a.JSON {
		return nil
	}
	fmt.Fprintln(a.Out, "\nFiles of these forms are known by their tensors, and get the pictures that they want:")
	for _, p := range catalog.AllPublished() {
		fmt.Fprintf(a.Out, "%-30s %-28s %s\n", p.Name, strings.Join(p.Models, ", "), p.About)
	}
	return nil
}

// weightsRoot returns the data root that weights are downloaded below.
func weightsRoot(dir string) (string, error) {
	if dir != "" {
		return dir, nil
	}
	return datasets.CacheRoot()
}

func weightsGet(ctx context.Context, a *run.App, name, dir string, offline bool) error {
	all := sources()
	i := slices.IndexFunc(all, func(s source) bool { return s.name == name })
	if i < 0 {
		var names []string
		for _, s := range all {
			names = append(names, s.name)
		}
		return run.Unknown("weights", name, names)
	}
	s := all[i]
	root, err := weightsRoot(dir)
	if err != nil {
		return err
	}
	path := s.path(root)
	progress := run.DownloadProgress(a.Err)
	err = download.Fetch(ctx, download.File{Path: path, URLs: []string{s.url}, Sum: "sha256:" + s.sum}, download.Options{
		Offline: offline, Progress: func(done, total int64) { progress(filepath.Base(path), done, total) },
	})
	if err != nil {
		return errors.Wrapf(err, "get weights %s", name)
	}
	if a.JSON {
		return a.PrintJSON(map[string]any{"name": name, "model": s.model, "file": path})
	}
	_, err = fmt.Fprintf(a.Out, "%s is in %s; use it with\n%s predict %s --weights %s PICTURE.png\n", name, path, run.Self(), s.model, run.ShellWord(path))
	return err
}

func weightsShow(a *run.App, models *catalog.Catalog, path string) error {
	f, err := checkpoint.Open(path)
	if err != nil {
		return errors.Wrap(err, "show weights")
	}
	defer f.Close()
	total := 0
	for _, name := range f.Names() {
		dtype, shape, _ := f.Info(name)
		n := size(shape)
		total += n
		if a.JSON {
			err = a.PrintJSON(map[string]any{"tensor": name, "type": string(dtype), "shape": shape, "elements": n})
		} else {
			_, err = fmt.Fprintf(a.Out, "%-44s %-5s %-20s %12s\n", run.Cell(name), dtype, fmt.Sprint(shape), run.Thousands(n))
		}
		if err != nil {
			return err
		}
	}
	if a.JSON {
		return nil
	}
	fmt.Fprintf(a.Out, "%d tensors, %s numbers\n", len(f.Names()), run.Thousands(total))
	meta := checkpoint.Metadata(f)
	for _, k := range slices.Sorted(maps.Keys(meta)) {
		fmt.Fprintf(a.Out, "%s: %s\n", run.Cell(k), run.Cell(meta[k]))
	}
	if passed := checkpoint.Passed(f); len(passed) > 0 {
		fmt.Fprintf(a.Out, "passed over, no tensors: %s\n", run.Listed(passed))
	}
	for _, e := range models.Of(card.Classify) {
		if p := e.IdentifyIn(f); p != nil {
			fmt.Fprintf(a.Out, "for %s: %s\n", e.Name, p.About)
		}
	}
	return nil
}

func isFile(path string) bool {
	info, err := os.Stat(path)
	return err == nil && info.Mode().IsRegular()
}

func weightsConvert(a *run.App, from, to, model string) error {
	var rename func(string) string
	if model != "" {
		m, err := a.Model(model)
		if err != nil {
			return err
		}
		rename = m.Rename
	}
	n, err := checkpoint.Convert(from, to, rename)
	if err != nil {
		return err
	}
	if a.JSON {
		return a.PrintJSON(map[string]any{"from": from, "to": to, "tensors": n})
	}
	_, err = fmt.Fprintf(a.Out, "%d tensors of %s written to %s\n", n, from, to)
	return err
}
