package card_test

import (
	"encoding/json"
	"testing"

	"github.com/hocsau/hocsau/zoo/card"
)

// TestMigrate_tasks: what checkpoints said before there were cards becomes a card.
func TestMigrate_tasks(t *testing.T) {
	for _, c := range []struct {
		name  string
		was   card.Described
		set   string
		check func(c *card.Card) bool
	}{
		{
			"published weights", card.Described{Model: "squeezenet", Data: "folder", About: json.RawMessage(
				`{"input":[3,227,227],"classes":["a","b"],"normalisation":{"mean":[0.4,0.5,0.6],"std":[1,1,1],"bgr":true},"form":{"version":"1.0","head_pad":"1"}}`)},
			"set:\n  schedule: onecycle\n  version: \"1.1\"\n",
			func(c *card.Card) bool {
				return c.Task == card.Classify && c.Input.BGR && c.Input.Fit == card.Crop && c.Form["version"] == "1.0" && c.Form["schedule"] == ""
			},
		},
		{
			"detector", card.Described{Model: "yolo", Data: "shapes", About: json.RawMessage(
				`{"input":[3,96,96],"classes":["circle"],"anchors":[{"H":0.2,"W":0.3}]}`)},
			"",
			func(c *card.Card) bool {
				return c.Task == card.Detect && c.Input.Fit == card.Stretch && len(c.Anchors) == 1 && c.Anchors[0].W == 0.3
			},
		},
		{
			"landmarks", card.Described{Model: "landmarks", Data: "shapes", About: json.RawMessage(`{"input":[3,64,64],"points":4}`)},
			"",
			func(c *card.Card) bool { return c.Task == card.Landmarks && c.Points == 4 },
		},
		{
			"faces", card.Described{Model: "triplet", Data: "orl", About: json.RawMessage(
				`{"data":"orl","input":[1,56,46],"thresholds":[{"distance":0.5,"far":0.01,"tar":0.8}],"threshold":{"distance":0.5,"far":0.01,"tar":0.8},"chosen_on":"validation"}`)},
			"set:\n  dim: \"32\"\n",
			func(c *card.Card) bool {
				return c.Task == card.Embed && c.Input.Fit == card.Stretch && c.Form["dim"] == "32" && c.Form["network"] == "faces" &&
					c.Form["mirror"] == "true" && c.Threshold.Distance == 0.5
			},
		},
	} {
		t.Run(c.name, func(t *testing.T) {
			got, err := card.Migrate(c.was, []byte(c.set))
			if err != nil {
				t.Fatal(err)
			}
			if !c.check(got) {
				t.Errorf("card %+v, input %+v", got, got.Input)
			}
		})
	}
	if _, err := card.Migrate(card.Described{Model: "yolo", Data: "shapes", About: json.RawMessage(`{"input":[3,96,96]}`)}, nil); err == nil {
		t.Error("a detector without classes was taken")
	}
}
