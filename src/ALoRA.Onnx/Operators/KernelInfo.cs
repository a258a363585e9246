using System.Globalization;

namespace ALoRA.Onnx.Operators;

/// <summary>A node for which a kernel is made.</summary>
/// <param name="table">The API's table.</param>
/// <param name="info">ONNX Runtime's <c>OrtKernelInfo</c>.</param>
internal readonly unsafe ref struct KernelInfo(void** table, nint info)
{
    private readonly void** _table = table;
    private readonly nint _info = info;

    /// <summary>The node's name, for messages.</summary>
    public string NodeName
    {
        get
        {
            delegate* unmanaged<nint, byte*, nuint*, nint> get = (delegate* unmanaged<nint, byte*, nuint*, nint>)_table[OrtEntry.NodeName];
            nuint size = 0;
            OrtApi.Check(_table, get(_info, null, &size));
            byte[] name = new byte[(int)size];
            fixed (byte* place = name)
            {
                OrtApi.Check(_table, get(_info, place, &size));
                return OrtApi.Text(place);
            }
        }
    }

    /// <summary>Threads of one run of the session.</summary>
    public int Threads
    {
        get
        {
            nint entries;
            OrtApi.Check(_table, ((delegate* unmanaged<nint, nint*, nint>)_table[OrtEntry.Entries])(_info, &entries));
            fixed (byte* name = OrtApi.Utf8(OperatorDomain.ThreadsEntry))
            {
                string text = OrtApi.Text(((delegate* unmanaged<nint, byte*, byte*>)_table[OrtEntry.EntryOf])(entries, name));
                ((delegate* unmanaged<nint, void>)_table[OrtEntry.ReleaseEntries])(entries);
                return int.TryParse(text, CultureInfo.InvariantCulture, out int threads) && threads > 0
                    ? threads
                    : Environment.ProcessorCount;
            }
        }
    }

    /// <summary>An attribute that is a list of whole numbers; empty where the node has none of this name.</summary>
    public long[] Integers(string attribute)
    {
        delegate* unmanaged<nint, byte*, long*, nuint*, nint> get =
            (delegate* unmanaged<nint, byte*, long*, nuint*, nint>)_table[OrtEntry.AttributeIntegers];
        nuint count = 0;
        fixed (byte* name = OrtApi.Utf8(attribute))
        {
            nint absent = get(_info, name, null, &count);
            if (absent != 0)
            {
                ((delegate* unmanaged<nint, void>)_table[OrtEntry.ReleaseStatus])(absent);
                return [];
            }

            long[] numbers = new long[(int)count];
            fixed (long* place = numbers)
            {
                OrtApi.Check(_table, get(_info, name, place, &count));
            }

            return numbers;
        }
    }

    /// <summary>An attribute that is a list of float32 numbers; empty where the node has none of this name.</summary>
    public float[] Floats(string attribute)
    {
        delegate* unmanaged<nint, byte*, float*, nuint*, nint> get =
            (delegate* unmanaged<nint, byte*, float*, nuint*, nint>)_table[OrtEntry.AttributeFloats];
        nuint count = 0;
        fixed (byte* name = OrtApi.Utf8(attribute))
        {
            nint absent = get(_info, name, null, &count);
            if (absent != 0)
            {
                ((delegate* unmanaged<nint, void>)_table[OrtEntry.ReleaseStatus])(absent);
                return [];
            }

            float[] numbers = new float[(int)count];
            fixed (float* place = numbers)
            {
                OrtApi.Check(_table, get(_info, name, place, &count));
            }

            return numbers;
        }
    }
}
