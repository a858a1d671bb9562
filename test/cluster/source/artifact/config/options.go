// Package config names the folder that artifacts are kept in and the address they are served at.
package config

import "github.com/spf13/pflag"

// Options are source-controller's --storage-* and --artifact-digest-algo flags, as far as the tests set them.
type Options struct {
	StoragePath        string
	StorageAddress     string
	StorageAdvAddress  string
	ArtifactDigestAlgo string
}

// BindFlags adds the flags to a set.
func (o *Options) BindFlags(flags *pflag.FlagSet) {
	flags.StringVar(&o.StoragePath, "storage-path", "", "Folder that artifacts are kept in.")
	flags.StringVar(&o.StorageAddress, "storage-addr", "127.0.0.1:9090", "Address the artifacts are served at.")
	flags.StringVar(&o.StorageAdvAddress, "storage-adv-addr", "", "Address the other controllers are told; the one above without it.")
	flags.StringVar(&o.ArtifactDigestAlgo, "artifact-digest-algo", "sha256", "What artifacts are named by.")
}

// Advertised is the address in an artifact's URL.
func (o *Options) Advertised() string {
	if o.StorageAdvAddress != "" {
		return o.StorageAdvAddress
	}
	return o.StorageAddress
}
