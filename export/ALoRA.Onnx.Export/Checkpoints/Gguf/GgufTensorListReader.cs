using System.Text;

namespace ALoRA.Onnx.Export.Checkpoints.Gguf;

/// <summary>Reads and checks the list of tensors between metadata and data.</summary>
internal sealed class GgufTensorListReader(GgufCursor cursor, uint alignment)
{
    private const int MaxDimensions = 4;
    private const int MaxNameByteLength = 64;

    public IReadOnlyList<GgufEntry> Read(int count)
    {
        List<GgufEntry> entries = [];
        HashSet<string> names = new(StringComparer.Ordinal);
        for (int i = 0; i < count; i++)
        {
            long at = cursor.Position;
            GgufEntry entry = ReadEntry(i);
            if (!names.Add(entry.Name))
            {
                throw cursor.Malformed($"the tensor name '{entry.Name}' at offset {at} occurs twice");
            }

            entries.Add(entry);
        }

        return entries;
    }

    /// <summary>Checks that all tensors lie within the data section and none shares bytes with another.</summary>
    public static void CheckRanges(string path, IReadOnlyList<GgufEntry> entries, long dataByteLength)
    {
        long end = 0;
        string previous = "the start of the data";
        foreach (GgufEntry entry in entries.OrderBy(entry => entry.Offset).ThenBy(entry => entry.ByteLength))
        {
            if (entry.Offset > dataByteLength || entry.ByteLength > dataByteLength - entry.Offset)
            {
                throw GgufErrors.Malformed(
                    path,
                    $"tensor '{entry.Name}' needs {entry.ByteLength} bytes at offset {entry.Offset} of the data, which has " +
                    $"{dataByteLength} bytes");
            }

            if (entry.Offset < end)
            {
                throw GgufErrors.Malformed(
                    path, $"tensor '{entry.Name}' begins at offset {entry.Offset} of the data, within {previous}, which ends at {end}");
            }

            end = entry.Offset + entry.ByteLength;
            previous = $"tensor '{entry.Name}'";
        }
    }

    private GgufEntry ReadEntry(int index)
    {
        long at = cursor.Position;
        string name = cursor.Text($"the name of tensor {index}");
        string item = $"tensor '{name}' at offset {at}";
        if (Encoding.UTF8.GetByteCount(name) > MaxNameByteLength)
        {
            throw cursor.Malformed($"the name of {item} is longer than {MaxNameByteLength} bytes");
        }

        long[] shape = ReadShape(item);
        uint type = cursor.UInt32($"the type of {item}");
        TensorEncoding encoding = GgufTensorTypes.Find(type) ?? throw cursor.Malformed(
            $"{item} has the type {type}, which the format does not have (any more)");
        ulong offset = cursor.UInt64($"the data offset of {item}");
        if (offset % alignment != 0 || offset > long.MaxValue)
        {
            throw cursor.Malformed($"the data offset of {item} is {offset}; expected a multiple of the alignment {alignment}");
        }

        return new GgufEntry(name, encoding, shape, (long)offset, ByteLength(item, encoding, shape));
    }

    private long[] ReadShape(string item)
    {
        uint dimensions = cursor.UInt32($"the number of dimensions of {item}");
        if (dimensions > MaxDimensions)
        {
            throw cursor.Malformed($"{item} has {dimensions} dimensions; expected at most {MaxDimensions}");
        }

        // The file starts with the size that varies fastest, which row-major order has last.
        long[] shape = new long[dimensions];
        for (int i = shape.Length - 1; i >= 0; i--)
        {
            ulong size = cursor.UInt64($"the dimensions of {item}");
            shape[i] = size <= long.MaxValue ? (long)size : throw cursor.Malformed($"{item} has a dimension of {size}");
        }

        return shape;
    }

    private long ByteLength(string item, TensorEncoding encoding, long[] shape)
    {
        long rowLength = shape.Length == 0 ? 1 : shape[^1];
        if (rowLength % encoding.BlockLength() != 0)
        {
            throw cursor.Malformed(
                $"{item} has rows of {rowLength} elements; expected a multiple of {encoding.BlockLength()}, the block of " +
                $"{encoding.FormatName()}");
        }

        UInt128 elements = 1;
        foreach (long size in shape)
        {
            elements *= (ulong)size;
            if (elements > long.MaxValue)
            {
                throw cursor.Malformed($"the number of elements of {item}, shape [{string.Join(", ", shape)}], overflows 64 bits");
            }
        }

        UInt128 bytes = elements / (uint)encoding.BlockLength() * (uint)encoding.BlockByteLength();
        return bytes <= long.MaxValue ? (long)bytes : throw cursor.Malformed($"the size of {item}, {bytes} bytes, overflows 64 bits");
    }
}
