using System.IO.MemoryMappedFiles;
using Lucene.Net.Store;

namespace Slipway.Retrieval.Keyword;

/// <summary>
/// A folder of index files that are read through memory maps. Lucene.NET's own directories cost more than the search: <see cref="MMapDirectory"/> notes each of the dozens of clones
/// that a query makes in a table of weak references, which every garbage collection walks, and <see cref="NIOFSDirectory"/> reads under a lock (benchmarks/results/retrieval.md).
/// A map is released when Lucene closes the file; whatever reads it after that gets an <see cref="ObjectDisposedException"/>.
/// </summary>
internal sealed class MappedDirectory(string folder) : FSDirectory(new DirectoryInfo(folder), null)
{
    /// <inheritdoc />
    public override IndexInput OpenInput(string name, IOContext context) => new Input($"{name} in {folder}", Map(name), context, owner: true);

    /// <inheritdoc />
    public override IndexInputSlicer CreateSlicer(string name, IOContext context) => new Slicer(Map(name), context);

    private FileMap Map(string name)
    {
        EnsureOpen();
        return new FileMap(Path.Combine(folder, name));
    }

    /// <summary>A file's bytes. An empty file has no map.</summary>
    private sealed class FileMap : IDisposable
    {
        private readonly MemoryMappedViewAccessor? _view;

        public FileMap(string path)
        {
            // Lucene deletes files that are still read.
            using var file = new FileStream(path, FileMode.Open, FileAccess.Read, FileShare.ReadWrite | FileShare.Delete, bufferSize: 0);
            Length = file.Length;
            if (Length == 0) return;
            using var map = MemoryMappedFile.CreateFromFile(file, null, 0, MemoryMappedFileAccess.Read, HandleInheritability.None, leaveOpen: true);
            _view = map.CreateViewAccessor(0, Length, MemoryMappedFileAccess.Read);
        }

        public long Length { get; }

        public void Read(long from, Span<byte> into)
        {
            if (into.Length > 0) _view!.SafeMemoryMappedViewHandle.ReadSpan((ulong)from, into);
        }

        public void Dispose() => _view?.Dispose();
    }

    /// <summary>A part of a file: all of it, or one of those that a compound file holds.</summary>
    private sealed class Input : BufferedIndexInput
    {
        private readonly FileMap _map;
        private readonly long _from;
        private bool _owner;

        public Input(string description, FileMap map, IOContext context, bool owner)
            : this(description, map, 0, map.Length, context) => _owner = owner;

        public Input(string description, FileMap map, long from, long length, IOContext context)
            : base(description, context) => (_map, _from, Length) = (map, from, length);

        /// <inheritdoc />
        public override long Length { get; }

        /// <inheritdoc />
        public override object Clone()
        {
            var clone = (Input)base.Clone();
            clone._owner = false;
            return clone;
        }

        /// <inheritdoc />
        protected override void ReadInternal(byte[] b, int offset, int length)
        {
            var position = Position;
            if (position + length > Length) throw new EndOfStreamException($"Read past the end of {this}.");
            _map.Read(_from + position, b.AsSpan(offset, length));
        }

        /// <inheritdoc />
        protected override void SeekInternal(long pos)
        {
            // Each read says where.
        }

        /// <inheritdoc />
        protected override void Dispose(bool disposing)
        {
            if (disposing && _owner) _map.Dispose();
        }
    }

    private sealed class Slicer(FileMap map, IOContext context) : IndexInputSlicer
    {
        /// <inheritdoc />
        public override IndexInput OpenSlice(string sliceDescription, long offset, long length) => new Input(sliceDescription, map, offset, length, context);

        /// <inheritdoc />
        [Obsolete("Only for compound files older than 3.4.")]
        public override IndexInput OpenFullSlice() => OpenSlice("full slice", 0, map.Length);

        /// <inheritdoc />
        protected override void Dispose(bool disposing)
        {
            if (disposing) map.Dispose();
        }
    }
}
