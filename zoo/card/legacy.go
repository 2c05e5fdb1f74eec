package card

import (
	"encoding/json"

	"github.com/pkg/errors"
	"go.yaml.in/yaml/v3"

	"github.com/hocsau/hocsau/datasets"
	"github.com/hocsau/hocsau/datasets/box"
)

// Migrate makes a card of what checkpoints had before there were cards: what d
// says, and the settings of the run in YAML. Settings that decide the network
// are all taken over; the catalog knows which do.
func Migrate(d Described, config []byte) (*Card, error) {
	var s struct {
		Set map[string]string `yaml:"set"`
	}
	if err := yaml.Unmarshal(config, &s); err != nil {
		return nil, errors.Wrap(err, "read the run's settings")
	}
	migrate, ok := migrations()[d.Model]
	if !ok {
		return nil, errors.Errorf("the checkpoint of a %s, which has no card, cannot be read by this version", d.Model)
	}
	if len(d.About) == 0 {
		d.About = json.RawMessage("{}") // Check says what is missing
	}
	c := New(d.Model, "", d.Data)
	if err := migrate(c, d.About, s.Set); err != nil {
		return nil, errors.Wrapf(err, "the checkpoint of a %s, which has no card", d.Model)
	}
	return c, c.Check()
}

// Migrates reports whether Migrate knows the model.
func Migrates(model string) bool { return migrations()[model] != nil }

// migrations make the cards of the models by name.
func migrations() map[string]func(c *Card, about json.RawMessage, set map[string]string) error {
	all := map[string]func(*Card, json.RawMessage, map[string]string) error{}
	for _, name := range []string{
		"lenet", "lenet-tanh", "mlp", "squeezenet", "googlenet", "resnet20", "resnet32", "resnet44", "resnet56",
		"resnet18", "resnet34", "resnet50", "vgg16", "vgg19",
	} {
		all[name] = classifier
	}
	all["siamese"], all["triplet"] = embedder, embedder
	for name, task := range map[string]Task{
		"localiser": Locate, "landmarks": Landmarks, "yolo": Detect, "rcnn": Detect, "fast-rcnn": Detect, "faster-rcnn": Detect,
	} {
		all[name] = finder(task)
	}
	return all
}

// classifier migrates a model that tells pictures apart.
func classifier(c *Card, about json.RawMessage, set map[string]string) error {
	var old struct {
		Input         []int    `json:"input"`
		Classes       []string `json:"classes"`
		Normalisation struct {
			Mean []float32 `json:"mean"`
			Std  []float32 `json:"std"`
			BGR  bool      `json:"bgr"`
		} `json:"normalisation"`
		Form     map[string]string `json:"form"`
		Familiar *float64          `json:"familiar"`
	}
	if err := json.Unmarshal(about, &old); err != nil {
		return err
	}
	c.Task, c.Classes, c.Familiar = Classify, old.Classes, old.Familiar
	if len(old.Input) == 0 {
		return nil
	}
	c.Input = &Input{Shape: old.Input, Fit: Crop, Mean: old.Normalisation.Mean, Std: old.Normalisation.Std, BGR: old.Normalisation.BGR}
	if datasets.Size(old.Input) == 28*28 && (c.Data == "digits" || c.Data == "mnist") {
		c.Input.Fit = Digit
	}
	c.Form = taken(set, "shortcut", "batch_norm", "dropout", "version", "head_pad", "auxiliary")
	for k, v := range old.Form {
		c.Form[k] = v
	}
	return nil
}

// finder migrates a model that says where things are.
func finder(task Task) func(c *Card, about json.RawMessage, _ map[string]string) error {
	return func(c *Card, about json.RawMessage, _ map[string]string) error {
		var old struct {
			Input   []int      `json:"input"`
			Classes []string   `json:"classes"`
			Anchors []box.Size `json:"anchors"`
			Points  int        `json:"points"`
		}
		if err := json.Unmarshal(about, &old); err != nil {
			return err
		}
		c.Task, c.Classes, c.Anchors, c.Points = task, old.Classes, old.Anchors, old.Points
		if len(old.Input) > 0 {
			c.Input = &Input{Shape: old.Input, Fit: Stretch}
		}
		return nil
	}
}

// embedder migrates a network that tells by distance what shows the same.
func embedder(c *Card, about json.RawMessage, set map[string]string) error {
	var old struct {
		Data       string      `json:"data"`
		Input      []int       `json:"input"`
		Thresholds []Threshold `json:"thresholds"`
		Chosen     *Threshold  `json:"threshold"`
		ChosenOn   string      `json:"chosen_on"`
	}
	if err := json.Unmarshal(about, &old); err != nil {
		return err
	}
	c.Task, c.Thresholds, c.Threshold, c.ChosenOn = Embed, old.Thresholds, old.Chosen, old.ChosenOn
	if len(old.Input) == 0 || old.Data == "" {
		return nil
	}
	c.Input = &Input{Shape: old.Input, Fit: Digit}
	c.Form = map[string]string{"dim": "64", "network": "characters", "mirror": "false"}
	for k, v := range taken(set, "dim") {
		c.Form[k] = v
	}
	switch old.Data {
	case "orl":
		c.Input.Fit = Stretch
	case "folder":
		c.Input.Fit = Crop
	default:
		return nil
	}
	c.Form["network"], c.Form["mirror"] = "faces", "true"
	return nil
}

// taken returns the settings of those names that are there.
func taken(set map[string]string, names ...string) map[string]string {
	form := map[string]string{}
	for _, name := range names {
		if v, ok := set[name]; ok {
			form[name] = v
		}
	}
	return form
}
