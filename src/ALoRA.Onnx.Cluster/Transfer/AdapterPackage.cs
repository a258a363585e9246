using System.Formats.Tar;
using System.Security.Cryptography;
using System.Text;

namespace ALoRA.Onnx.Cluster.Transfer;

/// <summary>The files of a converted adapter on their way to another server: a tar of one folder, and a digest of what is in it.</summary>
internal static class AdapterPackage
{
    private const int MostFiles = 64;

    /// <summary>The files of a folder, in ordinal order; subfolders and names with a dot in front are no part of an adapter.</summary>
    /// <exception cref="InvalidDataException">There are more files than an adapter has.</exception>
    public static string[] FilesOf(string folder)
    {
        string[] files =
        [
            .. Directory.GetFiles(folder).Where(path => Path.GetFileName(path)[0] != '.').Order(StringComparer.Ordinal),
        ];
        return files.Length <= MostFiles
            ? files
            : throw new InvalidDataException($"{folder} has {files.Length} files, more than the {MostFiles} of an adapter.");
    }

    /// <summary>SHA-256 over names, lengths and contents of a folder's files, in hexadecimal digits.</summary>
    /// <exception cref="IOException">A file can't be read.</exception>
    public static async Task<string> DigestAsync(string folder, CancellationToken cancellationToken)
    {
        using IncrementalHash hash = IncrementalHash.CreateHash(HashAlgorithmName.SHA256);
        byte[] buffer = new byte[1 << 16];
        foreach (string path in FilesOf(folder))
        {
            FileStream file = File.OpenRead(path);
            await using (file.ConfigureAwait(false))
            {
                hash.AppendData(Encoding.UTF8.GetBytes($"{Path.GetFileName(path)}\n{file.Length}\n"));
                int read;
                while ((read = await file.ReadAsync(buffer, cancellationToken).ConfigureAwait(false)) > 0)
                {
                    hash.AppendData(buffer, 0, read);
                }
            }
        }

        return Convert.ToHexString(hash.GetHashAndReset());
    }

    /// <summary>Writes a folder's files.</summary>
    /// <exception cref="IOException">A file can't be read.</exception>
    public static async Task WriteAsync(string folder, Stream target, CancellationToken cancellationToken)
    {
        TarWriter writer = new(target, TarEntryFormat.Pax, leaveOpen: true);
        await using (writer.ConfigureAwait(false))
        {
            foreach (string path in FilesOf(folder))
            {
                FileStream file = File.OpenRead(path);
                await using (file.ConfigureAwait(false))
                {
                    PaxTarEntry entry = new(TarEntryType.RegularFile, Path.GetFileName(path)) { DataStream = file };
                    await writer.WriteEntryAsync(entry, cancellationToken).ConfigureAwait(false);
                }
            }
        }
    }

    /// <summary>Reads files into an empty folder.</summary>
    /// <param name="source">What <see cref="WriteAsync"/> wrote, perhaps damaged.</param>
    /// <param name="folder">The folder; what is in it after a failure is worth nothing.</param>
    /// <param name="digest">What <see cref="DigestAsync"/> gave where the files came from.</param>
    /// <param name="cancellationToken">Ends it.</param>
    /// <exception cref="InvalidDataException">It is no such package, or not what the digest is of.</exception>
    public static async Task ReadAsync(Stream source, string folder, string digest, CancellationToken cancellationToken)
    {
        TarReader reader = new(source, leaveOpen: true);
        await using (reader.ConfigureAwait(false))
        {
            int files = 0;
            while (await reader.GetNextEntryAsync(copyData: false, cancellationToken).ConfigureAwait(false) is { } entry)
            {
                string name = entry.Name;
                if (entry.EntryType is not (TarEntryType.RegularFile or TarEntryType.V7RegularFile) || ++files > MostFiles
                    || name.Length == 0 || name[0] == '.' || Path.GetFileName(name) != name
                    || name.AsSpan().IndexOfAny('/', '\\', ':') >= 0)
                {
                    throw new InvalidDataException($"'{name}' is no file of an adapter.");
                }

                // Made, never opened: a name that comes twice is refused.
                FileStream file = new(Path.Combine(folder, name), FileMode.CreateNew, FileAccess.Write);
                await using (file.ConfigureAwait(false))
                {
                    await (entry.DataStream ?? Stream.Null).CopyToAsync(file, cancellationToken).ConfigureAwait(false);
                }
            }
        }

        string got = await DigestAsync(folder, cancellationToken).ConfigureAwait(false);
        if (!string.Equals(got, digest, StringComparison.OrdinalIgnoreCase))
        {
            throw new InvalidDataException($"The digest of what came is {got}, expected {digest}: it was changed on its way, or cut off.");
        }
    }
}
