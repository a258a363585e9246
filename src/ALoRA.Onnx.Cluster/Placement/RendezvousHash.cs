using System.Buffers.Binary;
using System.Runtime.InteropServices;
using System.Security.Cryptography;
using System.Text;

namespace ALoRA.Onnx.Cluster.Placement;

/// <summary>
/// Ranks servers for a key: each pair has a number, and the highest is first. A server that leaves moves its own keys alone, each to the
/// next of its rank, and one that joins takes its share and no more. Source: Thaler and Ravishankar, "Using name-based mappings to increase
/// hit rates", 1998.
/// </summary>
internal static class RendezvousHash
{
    /// <summary>The number of a pair; the same on every machine and version.</summary>
    public static ulong Score(ulong key, ulong node) => Mix(key ^ Mix(node));

    /// <summary>A server's number: of its address without the time of its start, so that it finds its keys again.</summary>
    public static ulong NodeOf(string endpoint) => KeyOf(endpoint, null, [], null);

    /// <summary>A number made of several texts and a list of ids, each of which counts from its first to its last byte.</summary>
    public static ulong KeyOf(string? scope, string? text, ReadOnlySpan<int> ids, string? adapterHash)
    {
        using IncrementalHash hash = IncrementalHash.CreateHash(HashAlgorithmName.SHA256);
        Append(hash, scope);
        Append(hash, text);
        Append(hash, adapterHash);
        hash.AppendData(MemoryMarshal.AsBytes(ids));
        Span<byte> digest = stackalloc byte[SHA256.HashSizeInBytes];
        hash.GetHashAndReset(digest);
        return BinaryPrimitives.ReadUInt64LittleEndian(digest);
    }

    private static void Append(IncrementalHash hash, string? text)
    {
        byte[] bytes = text is null ? [] : Encoding.UTF8.GetBytes(text);
        Span<byte> length = stackalloc byte[sizeof(int)];
        BinaryPrimitives.WriteInt32LittleEndian(length, text is null ? -1 : bytes.Length);
        hash.AppendData(length);
        hash.AppendData(bytes);
    }

    // Stafford's mix 13: each bit of the input changes half of those of the output.
    private static ulong Mix(ulong z)
    {
        z = (z ^ (z >> 30)) * 0xBF58476D1CE4E5B9;
        z = (z ^ (z >> 27)) * 0x94D049BB133111EB;
        return z ^ (z >> 31);
    }
}
