// Package storage keeps the artifacts of source-controller in a folder: kind/namespace/name/file.
package storage

import (
	"compress/gzip"
	"context"
	"errors"
	"fmt"
	"io"
	"net/url"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"time"

	"github.com/fluxcd/pkg/apis/meta"
	"github.com/fluxcd/pkg/artifact/config"
	"github.com/fluxcd/pkg/artifact/digest"
	"github.com/fluxcd/pkg/sourceignore"
	"github.com/fluxcd/pkg/sourceignore/gitignore"
	"github.com/fluxcd/pkg/tar"
	godigest "github.com/opencontainers/go-digest"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
)

// Storage is the folder, and the host name in the URLs of what it holds.
type Storage struct {
	folder string
	host   string
	locks  sync.Map
}

// ArchiveFileFilter says which files are left out of an archive.
type ArchiveFileFilter func(path string, info os.FileInfo) bool

// New opens the folder.
func New(options *config.Options) (*Storage, error) {
	folder, err := filepath.Abs(options.StoragePath)
	if err != nil {
		return nil, err
	}
	if info, err := os.Stat(folder); err != nil || !info.IsDir() {
		return nil, fmt.Errorf("no folder for artifacts: %s", options.StoragePath)
	}
	return &Storage{folder: folder, host: options.Advertised()}, nil
}

// SourceIgnoreFilter leaves out what the ignore patterns name.
func SourceIgnoreFilter(patterns []gitignore.Pattern, domain []string) ArchiveFileFilter {
	matcher := sourceignore.NewDefaultMatcher(patterns, domain)
	return func(path string, info os.FileInfo) bool {
		return matcher.Match(strings.Split(path, string(filepath.Separator)), info.IsDir())
	}
}

// NewArtifactFor is an artifact that is not stored yet.
func (s *Storage) NewArtifactFor(kind string, object metav1.Object, revision, file string) meta.Artifact {
	artifact := meta.Artifact{
		Path:     filepath.Join(strings.ToLower(kind), object.GetNamespace(), object.GetName(), file),
		Revision: revision,
	}
	s.SetArtifactURL(&artifact)
	return artifact
}

// SetArtifactURL writes where the artifact is served.
func (s *Storage) SetArtifactURL(artifact *meta.Artifact) {
	if artifact != nil && artifact.Path != "" {
		artifact.URL = "http://" + s.host + "/" + filepath.ToSlash(artifact.Path)
	}
}

// SetHostname puts the present host into an older URL.
func (s *Storage) SetHostname(old string) string {
	parsed, err := url.Parse(old)
	if err != nil || parsed.Host == "" {
		return old
	}
	parsed.Host = s.host
	return parsed.String()
}

// LocalPath is the artifact's file; empty when its path leads out of the folder.
func (s *Storage) LocalPath(artifact meta.Artifact) string {
	if artifact.Path == "" || !filepath.IsLocal(artifact.Path) {
		return ""
	}
	return filepath.Join(s.folder, artifact.Path)
}

// MkdirAll makes the artifact's folder.
func (s *Storage) MkdirAll(artifact meta.Artifact) error {
	return os.MkdirAll(filepath.Dir(s.LocalPath(artifact)), 0o700)
}

// Lock keeps others from the artifact's file until it is called back.
func (s *Storage) Lock(artifact meta.Artifact) (func(), error) {
	lock, _ := s.locks.LoadOrStore(artifact.Path, &sync.Mutex{})
	mutex, isMutex := lock.(*sync.Mutex)
	if !isMutex {
		return nil, errors.New("no lock")
	}
	mutex.Lock()
	return mutex.Unlock, nil
}

// ArtifactExist says whether the file is there.
func (s *Storage) ArtifactExist(artifact meta.Artifact) bool {
	info, err := os.Lstat(s.LocalPath(artifact))
	return err == nil && info.Mode().IsRegular()
}

// VerifyArtifact holds the file against its digest.
func (s *Storage) VerifyArtifact(artifact meta.Artifact) error {
	wanted, err := godigest.Parse(artifact.Digest)
	if err != nil {
		return err
	}
	file, err := os.Open(s.LocalPath(artifact))
	if err != nil {
		return err
	}
	defer file.Close()
	verifier := wanted.Verifier()
	if _, err := io.Copy(verifier, file); err != nil {
		return err
	}
	if !verifier.Verified() {
		return fmt.Errorf("the stored file is not %s", wanted)
	}
	return nil
}

// Archive stores a folder as a compressed tar file.
func (s *Storage) Archive(artifact *meta.Artifact, folder string, leaveOut ArchiveFileFilter) error {
	var options []tar.Option
	if leaveOut != nil {
		options = append(options, tar.WithFilter(leaveOut))
	}
	return s.write(artifact, func(to io.Writer) error {
		packed := gzip.NewWriter(to)
		if _, err := tar.Tar(folder, packed, append(options, tar.WithSkipGzip())...); err != nil {
			return err
		}
		return packed.Close()
	})
}

// Copy stores what is read.
func (s *Storage) Copy(artifact *meta.Artifact, from io.Reader) error {
	return s.write(artifact, func(to io.Writer) error {
		_, err := io.Copy(to, from)
		return err
	})
}

// CopyFromPath stores a file.
func (s *Storage) CopyFromPath(artifact *meta.Artifact, path string) error {
	file, err := os.Open(path)
	if err != nil {
		return err
	}
	defer file.Close()
	return s.Copy(artifact, file)
}

// CopyToPath unpacks a part of an artifact.
func (s *Storage) CopyToPath(artifact *meta.Artifact, part, to string) error {
	file, err := os.Open(s.LocalPath(*artifact))
	if err != nil {
		return err
	}
	defer file.Close()
	whole, err := os.MkdirTemp("", "artifact-")
	if err != nil {
		return err
	}
	defer os.RemoveAll(whole)
	if err := tar.Untar(file, whole, tar.WithMaxUntarSize(-1)); err != nil {
		return err
	}
	if !filepath.IsLocal(part) {
		return fmt.Errorf("leads out of the artifact: %s", part)
	}
	return os.CopyFS(to, os.DirFS(filepath.Join(whole, part)))
}

// Symlink gives the artifact a second name in its folder, and says where that is served.
func (s *Storage) Symlink(artifact meta.Artifact, name string) (string, error) {
	path := s.LocalPath(artifact)
	link := filepath.Join(filepath.Dir(path), name)
	if err := os.Remove(link); err != nil && !os.IsNotExist(err) {
		return "", err
	}
	if err := os.Symlink(filepath.Base(path), link); err != nil {
		return "", err
	}
	return "http://" + s.host + "/" + filepath.ToSlash(filepath.Join(filepath.Dir(artifact.Path), name)), nil
}

// Remove deletes the artifact's file.
func (s *Storage) Remove(artifact meta.Artifact) error {
	return os.Remove(s.LocalPath(artifact))
}

// RemoveAll deletes everything of the artifact's object, and answers what.
func (s *Storage) RemoveAll(artifact meta.Artifact) (string, error) {
	folder := filepath.Dir(s.LocalPath(artifact))
	if _, err := os.Stat(folder); os.IsNotExist(err) {
		return "", nil
	}
	return folder, os.RemoveAll(folder)
}

// GarbageCollect deletes the object's other files, and answers which.
func (s *Storage) GarbageCollect(_ context.Context, artifact meta.Artifact, _ time.Duration) ([]string, error) {
	kept := s.LocalPath(artifact)
	files, err := filepath.Glob(filepath.Join(filepath.Dir(kept), "*"))
	if err != nil {
		return nil, err
	}
	var deleted []string
	for _, file := range files {
		info, err := os.Lstat(file)
		if err != nil || file == kept || !info.Mode().IsRegular() {
			continue
		}
		if err := os.Remove(file); err != nil {
			return deleted, err
		}
		deleted = append(deleted, file)
	}
	return deleted, nil
}

// write stores what fill writes under the artifact's name at once, with its digest and size.
func (s *Storage) write(artifact *meta.Artifact, fill func(io.Writer) error) error {
	path := s.LocalPath(*artifact)
	file, err := os.CreateTemp(filepath.Dir(path), ".partial-")
	if err != nil {
		return err
	}
	defer os.Remove(file.Name())
	defer file.Close()
	digester := digest.Canonical.Digester()
	if err := fill(io.MultiWriter(file, digester.Hash())); err != nil {
		return err
	}
	info, err := file.Stat()
	if err != nil {
		return err
	}
	if err := os.Rename(file.Name(), path); err != nil {
		return err
	}
	size := info.Size()
	artifact.Digest = digester.Digest().String()
	artifact.Size = &size
	artifact.LastUpdateTime = metav1.Now()
	return nil
}
