using System.Runtime.InteropServices;

namespace ALoRA.Onnx.Operators;

/// <summary>
/// An <see cref="OrtCustomOp"/> with what its callbacks answer right behind it, all of it in memory that is never freed: ONNX Runtime
/// gives a callback the struct's address and nothing else.
/// </summary>
[StructLayout(LayoutKind.Sequential)]
internal unsafe struct OperatorBlock
{
    /// <summary>Most inputs, and most outputs.</summary>
    public const int MostValues = 16;

    private const int Optional = 1;
    private const int OnHost = -2;

    /// <summary>What ONNX Runtime reads; the first field.</summary>
    public OrtCustomOp Operator;

    /// <summary>The API's table.</summary>
    public void** Table;

    /// <summary>Handle of the <see cref="OperatorDefinition"/>.</summary>
    public nint Definition;

    /// <summary>Name of the operator.</summary>
    public byte* Name;

    /// <summary>Name of the execution provider.</summary>
    public byte* Provider;

    /// <summary>Number of inputs.</summary>
    public int InputCount;

    /// <summary>Number of outputs.</summary>
    public int OutputCount;

    /// <summary>Types of the inputs.</summary>
    public fixed int InputTypes[MostValues];

    /// <summary>1 for inputs that may be left out.</summary>
    public fixed int InputKinds[MostValues];

    /// <summary>-2 for inputs that are in the process's memory.</summary>
    public fixed int InputMemory[MostValues];

    /// <summary>Types of the outputs.</summary>
    public fixed int OutputTypes[MostValues];

    /// <summary>Lays out an operator for the rest of the process.</summary>
    public static OperatorBlock* Create(OrtApi api, OperatorDefinition definition)
    {
        IReadOnlyList<OperatorValue> inputs = definition.Inputs;
        IReadOnlyList<OperatorValue> outputs = definition.Outputs;
        ArgumentOutOfRangeException.ThrowIfGreaterThan(inputs.Count, MostValues);
        ArgumentOutOfRangeException.ThrowIfGreaterThan(outputs.Count, MostValues);
        OperatorBlock* block = (OperatorBlock*)NativeMemory.AllocZeroed((nuint)sizeof(OperatorBlock));
        OperatorCallbacks.Set(&block->Operator, definition.FirstOutput);
        block->Table = api.Table;
        block->Definition = GCHandle.ToIntPtr(GCHandle.Alloc(definition));
        block->Name = (byte*)Marshal.StringToCoTaskMemUTF8(definition.Name);
        block->Provider = (byte*)Marshal.StringToCoTaskMemUTF8(definition.Provider);
        block->InputCount = inputs.Count;
        block->OutputCount = outputs.Count;
        for (int index = 0; index < inputs.Count; index++)
        {
            block->InputTypes[index] = (int)inputs[index].Type;
            block->InputKinds[index] = inputs[index].IsOptional ? Optional : 0;
            block->InputMemory[index] = inputs[index].IsOnHost ? OnHost : 0;
        }

        for (int index = 0; index < outputs.Count; index++)
        {
            block->OutputTypes[index] = (int)outputs[index].Type;
        }

        return block;
    }
}
