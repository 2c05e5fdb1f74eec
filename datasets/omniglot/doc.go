// Package omniglot reads the handwritten characters of Omniglot with its one-shot runs.
//
//	background, err := omniglot.Open("omniglot/images_background_small1.zip", omniglot.Options{})
//	runs, err := omniglot.OpenRuns("omniglot/all_runs.zip", omniglot.Options{})
//
// The files are the zips as their authors give them, or folders of what is in
// them. A picture is grey, ink 1 on paper 0, 28×28 of the 105×105 drawn. In a run each
// of 20 characters of one alphabet is shown once; 20 other drawings of them are
// to be told.
//
// Source: Lake, Salakhutdinov, Tenenbaum, doi:10.1126/science.aab3050;
// github.com/brendenlake/omniglot.
package omniglot
