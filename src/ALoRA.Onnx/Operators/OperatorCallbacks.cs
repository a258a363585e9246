using System.Runtime.InteropServices;
using System.Text;

namespace ALoRA.Onnx.Operators;

/// <summary>
/// What ONNX Runtime calls. An exception that leaves one of these methods ends the process, so that all that can throw gives a status.
/// </summary>
internal static unsafe class OperatorCallbacks
{
    private const int Fail = 1;
    private const int InvalidArgument = 2;
    private const int MostMessageBytes = 2_000;

    /// <summary>Sets all callbacks of an operator.</summary>
    public static void Set(OrtCustomOp* target, FirstOutput firstOutput)
    {
        target->Version = OrtCustomOp.LayoutVersion;
        target->GetName = &Name;
        target->GetExecutionProviderType = &Provider;
        target->GetInputType = &InputType;
        target->GetInputTypeCount = &InputCount;
        target->GetOutputType = &OutputType;
        target->GetOutputTypeCount = &OutputCount;
        target->GetInputCharacteristic = &InputKind;
        target->GetOutputCharacteristic = &OutputKind;
        target->GetInputMemoryType = &InputMemory;
        // ONNX Runtime asks these of every operator, though none here has a variable number of inputs.
        target->GetVariadicInputMinArity = &Zero;
        target->GetVariadicInputHomogeneity = &Zero;
        target->GetVariadicOutputMinArity = &Zero;
        target->GetVariadicOutputHomogeneity = &Zero;
        target->CreateKernelV2 = &CreateKernel;
        target->KernelComputeV2 = &Compute;
        target->KernelDestroy = &Destroy;
        if (firstOutput != FirstOutput.OwnShape)
        {
            // Without a known shape the first output never takes the first input's place.
            target->InferOutputShapeFn = &InferFirstOutput;
        }

        if (firstOutput == FirstOutput.MayBeFirstInput)
        {
            target->GetMayInplace = &FirstPair;
            target->ReleaseMayInplace = &FreePair;
        }
        else if (firstOutput == FirstOutput.IsFirstInput)
        {
            target->GetAliasMap = &FirstPair;
            target->ReleaseAliasMap = &FreePair;
        }
    }

    /// <summary>Runs one task of <see cref="KernelContext.ParallelFor"/>.</summary>
    [UnmanagedCallersOnly]
    public static void RunTask(void* job, nuint task)
    {
        KernelContext.ParallelJob* parallel = (KernelContext.ParallelJob*)job;
        try
        {
            parallel->Body(parallel->State, (int)task);
        }
        catch (Exception exception)
        {
            GCHandle error = GCHandle.Alloc(exception);
            if (Interlocked.CompareExchange(ref parallel->Error, GCHandle.ToIntPtr(error), 0) != 0)
            {
                error.Free();
            }
        }
    }

    [UnmanagedCallersOnly]
    private static byte* Name(OrtCustomOp* op) => ((OperatorBlock*)op)->Name;

    [UnmanagedCallersOnly]
    private static byte* Provider(OrtCustomOp* op) => ((OperatorBlock*)op)->Provider;

    [UnmanagedCallersOnly]
    private static int InputType(OrtCustomOp* op, nuint index) => ((OperatorBlock*)op)->InputTypes[index];

    [UnmanagedCallersOnly]
    private static nuint InputCount(OrtCustomOp* op) => (nuint)((OperatorBlock*)op)->InputCount;

    [UnmanagedCallersOnly]
    private static int OutputType(OrtCustomOp* op, nuint index) => ((OperatorBlock*)op)->OutputTypes[index];

    [UnmanagedCallersOnly]
    private static nuint OutputCount(OrtCustomOp* op) => (nuint)((OperatorBlock*)op)->OutputCount;

    [UnmanagedCallersOnly]
    private static int InputKind(OrtCustomOp* op, nuint index) => ((OperatorBlock*)op)->InputKinds[index];

    [UnmanagedCallersOnly]
    private static int OutputKind(OrtCustomOp* op, nuint index) => 0;

    [UnmanagedCallersOnly]
    private static int InputMemory(OrtCustomOp* op, nuint index) => ((OperatorBlock*)op)->InputMemory[index];

    [UnmanagedCallersOnly]
    private static int Zero(OrtCustomOp* op) => 0;

    [UnmanagedCallersOnly]
    private static nint CreateKernel(OrtCustomOp* op, void** api, nint info, void** kernel)
    {
        OperatorBlock* block = (OperatorBlock*)op;
        *kernel = null;
        try
        {
            OperatorDefinition definition = (OperatorDefinition)GCHandle.FromIntPtr(block->Definition).Target!;
            OperatorKernel created = definition.CreateKernel(new KernelInfo(block->Table, info));
            KernelBlock* place = (KernelBlock*)NativeMemory.AllocZeroed((nuint)sizeof(KernelBlock));
            place->Table = block->Table;
            place->Kernel = GCHandle.ToIntPtr(GCHandle.Alloc(created));
            *kernel = place;
            return 0;
        }
        catch (Exception exception)
        {
            return StatusOf(block->Table, exception);
        }
    }

    [UnmanagedCallersOnly]
    private static nint Compute(void* kernel, nint context)
    {
        KernelBlock* place = (KernelBlock*)kernel;
        try
        {
            ((OperatorKernel)GCHandle.FromIntPtr(place->Kernel).Target!).Compute(new KernelContext(place->Table, context));
            return 0;
        }
        catch (Exception exception)
        {
            return StatusOf(place->Table, exception);
        }
    }

    [UnmanagedCallersOnly]
    private static void Destroy(void* kernel)
    {
        if (kernel is null)
        {
            return;
        }

        KernelBlock* place = (KernelBlock*)kernel;
        GCHandle handle = GCHandle.FromIntPtr(place->Kernel);
        try
        {
            ((OperatorKernel)handle.Target!).Dispose();
        }
        catch (Exception)
        {
            // The session is gone, and there is nobody to tell.
        }

        handle.Free();
        NativeMemory.Free(place);
    }

    [UnmanagedCallersOnly]
    private static nint InferFirstOutput(OrtCustomOp* op, nint context)
    {
        void** table = ((OperatorBlock*)op)->Table;
        nint info;
        nint status = ((delegate* unmanaged<nint, nuint, nint*, nint>)table[OrtEntry.InferenceInput])(context, 0, &info);
        nuint dimensions = 0;
        status = status != 0
            ? status
            : ((delegate* unmanaged<nint, nuint*, nint>)table[OrtEntry.DimensionsCount])(info, &dimensions);

        // Without dimensions the shape is not known: no operator here takes a scalar. Told on, it would be one, and ONNX Runtime would
        // place values of different sizes in the same memory.
        return status != 0 || dimensions == 0
            ? status
            : ((delegate* unmanaged<nint, nuint, nint, nint>)table[OrtEntry.InferenceOutput])(context, 0, info);
    }

    // Input 0 and output 0.
    [UnmanagedCallersOnly]
    private static nuint FirstPair(int** inputs, int** outputs)
    {
        int* pair = (int*)Marshal.AllocCoTaskMem(2 * sizeof(int));
        pair[0] = 0;
        pair[1] = 0;
        *inputs = pair;
        *outputs = pair + 1;
        return 1;
    }

    [UnmanagedCallersOnly]
    private static void FreePair(int* inputs, int* outputs) => Marshal.FreeCoTaskMem((nint)inputs);

    private static nint StatusOf(void** table, Exception exception)
    {
        int code = exception is ArgumentException ? InvalidArgument : Fail;
        try
        {
            return CreateStatus(table, code, exception.Message);
        }
        catch (Exception)
        {
            fixed (byte* text = "an operator failed, and so did the text that says why\0"u8)
            {
                return CreateStatus(table, code, text);
            }
        }
    }

    private static nint CreateStatus(void** table, int code, string message)
    {
        // Cut between two characters; a zero inside would end the text.
        Span<byte> utf8 = stackalloc byte[MostMessageBytes + 1];
        Encoding.UTF8.GetEncoder().Convert(message, utf8[..^1], flush: true, out _, out int used, out _);
        utf8[used] = 0;
        fixed (byte* text = utf8)
        {
            return CreateStatus(table, code, text);
        }
    }

    private static nint CreateStatus(void** table, int code, byte* text) =>
        ((delegate* unmanaged<int, byte*, nint>)table[OrtEntry.CreateStatus])(code, text);

    /// <summary>What ONNX Runtime holds of a kernel.</summary>
    private struct KernelBlock
    {
        /// <summary>The API's table.</summary>
        public void** Table;

        /// <summary>Handle of the <see cref="OperatorKernel"/>.</summary>
        public nint Kernel;
    }
}
