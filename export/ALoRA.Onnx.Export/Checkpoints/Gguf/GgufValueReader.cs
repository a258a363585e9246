namespace ALoRA.Onnx.Export.Checkpoints.Gguf;

/// <summary>Reads metadata values as the CLR types that <see cref="GgufFile.Metadata"/> documents.</summary>
internal sealed class GgufValueReader(GgufCursor cursor)
{
    // Arrays of arrays are part of the format but not in use; the limit keeps a made-up file from exhausting the stack.
    private const int MaxDepth = 8;

    public object Read(string item)
    {
        long at = cursor.Position;
        return Read((GgufValueType)cursor.UInt32($"the type of {item}"), item, at, depth: 0);
    }

    private object Read(GgufValueType type, string item, long at, int depth) => type switch
    {
        GgufValueType.UInt8 => cursor.UInt8(item),
        GgufValueType.Int8 => (sbyte)cursor.UInt8(item),
        GgufValueType.UInt16 => cursor.UInt16(item),
        GgufValueType.Int16 => (short)cursor.UInt16(item),
        GgufValueType.UInt32 => cursor.UInt32(item),
        GgufValueType.Int32 => (int)cursor.UInt32(item),
        GgufValueType.UInt64 => cursor.UInt64(item),
        GgufValueType.Int64 => (long)cursor.UInt64(item),
        GgufValueType.Float32 => BitConverter.UInt32BitsToSingle(cursor.UInt32(item)),
        GgufValueType.Float64 => BitConverter.UInt64BitsToDouble(cursor.UInt64(item)),
        GgufValueType.Bool => Bool(cursor.UInt8(item), item),
        GgufValueType.Text => cursor.Text(item),
        GgufValueType.Array => ReadArray(item, depth),
        _ => throw cursor.Malformed($"{item} at offset {at} has the value type {(uint)type}; expected 0 to 12"),
    };

    private Array ReadArray(string item, int depth)
    {
        if (depth == MaxDepth)
        {
            throw cursor.Malformed($"{item} at offset {cursor.Position} nests arrays deeper than {MaxDepth}");
        }

        long at = cursor.Position;
        GgufValueType type = (GgufValueType)cursor.UInt32($"the element type of {item}");
        string length = $"the length of the array {item}";
        switch (type)
        {
            case GgufValueType.UInt8:
                return cursor.Numbers<byte>(cursor.Count(length, sizeof(byte)), item);
            case GgufValueType.Int8:
                return cursor.Numbers<sbyte>(cursor.Count(length, sizeof(sbyte)), item);
            case GgufValueType.UInt16:
                return cursor.Numbers<ushort>(cursor.Count(length, sizeof(ushort)), item);
            case GgufValueType.Int16:
                return cursor.Numbers<short>(cursor.Count(length, sizeof(short)), item);
            case GgufValueType.UInt32:
                return cursor.Numbers<uint>(cursor.Count(length, sizeof(uint)), item);
            case GgufValueType.Int32:
                return cursor.Numbers<int>(cursor.Count(length, sizeof(int)), item);
            case GgufValueType.UInt64:
                return cursor.Numbers<ulong>(cursor.Count(length, sizeof(ulong)), item);
            case GgufValueType.Int64:
                return cursor.Numbers<long>(cursor.Count(length, sizeof(long)), item);
            case GgufValueType.Float32:
                return cursor.Numbers<float>(cursor.Count(length, sizeof(float)), item);
            case GgufValueType.Float64:
                return cursor.Numbers<double>(cursor.Count(length, sizeof(double)), item);
            case GgufValueType.Bool:
                return Array.ConvertAll(cursor.Numbers<byte>(cursor.Count(length, sizeof(byte)), item), value => Bool(value, item));
            case GgufValueType.Text:
                string[] texts = new string[cursor.Count(length, sizeof(ulong))];
                for (int i = 0; i < texts.Length; i++)
                {
                    texts[i] = cursor.Text(item);
                }

                return texts;
            case GgufValueType.Array:
                object[] arrays = new object[cursor.Count(length, sizeof(uint) + sizeof(ulong))];
                for (int i = 0; i < arrays.Length; i++)
                {
                    arrays[i] = ReadArray(item, depth + 1);
                }

                return arrays;
            default:
                throw cursor.Malformed($"the array {item} at offset {at} has the element type {(uint)type}; expected 0 to 12");
        }
    }

    private bool Bool(byte value, string item) => value switch
    {
        0 => false,
        1 => true,
        _ => throw cursor.Malformed($"{item} is a bool with the value {value} before offset {cursor.Position}; expected 0 or 1"),
    };
}

/// <summary>Types of metadata values by the numbers that the format gives them.</summary>
internal enum GgufValueType : uint
{
    UInt8 = 0,
    Int8 = 1,
    UInt16 = 2,
    Int16 = 3,
    UInt32 = 4,
    Int32 = 5,
    Float32 = 6,
    Bool = 7,
    Text = 8,
    Array = 9,
    UInt64 = 10,
    Int64 = 11,
    Float64 = 12,
}
