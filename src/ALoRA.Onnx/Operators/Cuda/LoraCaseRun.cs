namespace ALoRA.Onnx.Operators.Cuda;

/// <summary>Runs the kernels on a case, one after another, and tells how far they are from plain loops.</summary>
/// <param name="device">The GPU.</param>
/// <param name="kernels">Kernels of the case's type of numbers.</param>
/// <param name="products">Products of that type; null where only the branch is run.</param>
internal sealed unsafe class LoraCaseRun(CudaDevice device, LoraKernels kernels, ProductKernels? products) : IDisposable
{
    // Such as Granite multiplies what a block adds to the residual stream by.
    private const float ResidualScale = 0.22f;

    // In order with copies and fills, which use the GPU's own stream.
    private readonly nint _stream = NewStream(device);

    /// <summary>Adapter behind a product of somebody else: shrink and expand, in place.</summary>
    /// <returns>Largest difference, see <see cref="LoraCase.WorstOf"/>.</returns>
    public double Branch(LoraCase test)
    {
        using CudaDevice.Scope scope = device.Use();
        using Place place = new(device.Driver, test);
        using GpuMemory y = GpuMemory.Of<ushort>(device.Driver, test.Base);
        Shrink(test, place);
        ExpandArguments expand = new()
        {
            Base = y.Address,
            Y = y.Address,
            H = place.H.Address,
            Slot = place.Slot.Address,
            Ranks = place.Ranks?.Address ?? 0,
            B = place.B.Address,
            Out = test.Out,
            Rank = test.Rank,
            TotalRank = test.TotalRank,
            Rows = test.Rows,
            SlotStep = test.Slots.Length == 1 ? 0 : 1,
            Slots = test.TableSlots,
            Ends = Ends(test),
        };
        kernels.Expand(ref expand, _stream, dependent: true);
        return test.WorstOf(
            y.Read<ushort>(test.Base.Length), (row, output) => test.Value(test.Base[(row * test.Out) + output]) + test.Delta(row, output),
            keepsBase: true);
    }

    /// <summary>The product itself, with or without adapter and residual.</summary>
    /// <param name="test">The case.</param>
    /// <param name="withAdapter">Whether there is one.</param>
    /// <param name="withResidual">Whether there is one.</param>
    /// <param name="isAhead">Whether few rows of an adapter are computed so that the product waits for x itself.</param>
    public double Product(LoraCase test, bool withAdapter, bool withResidual, bool isAhead = false)
    {
        using CudaDevice.Scope scope = device.Use();
        using Place place = new(device.Driver, test);
        using GpuMemory residual = GpuMemory.Of<ushort>(device.Driver, test.Base);
        using GpuMemory y = new(device.Driver, test.Base.Length * 2L);
        isAhead &= test.Rows <= LoraKernels.RowsOfFew;
        if (withAdapter)
        {
            Shrink(test, place, isAhead);
        }

        ProductArguments product = Arguments(test, place, y, withAdapter);
        product.Waits = isAhead ? 1 : 0;
        product.Residual = withResidual ? residual.Address : 0;
        product.Scale = withResidual ? ResidualScale : 1;
        products!.Product(ref product, ProductForm.FloatBits, swiGlu: false, _stream, dependent: true);
        return test.WorstOf(
            y.Read<ushort>(test.Base.Length),
            (row, output) =>
            {
                double sum = test.Product(row, output) + (withAdapter ? test.Delta(row, output) : 0);
                return withResidual ? (ResidualScale * sum) + test.Value(test.Base[(row * test.Out) + output]) : sum;
            },
            keepsBase: false);
    }

    /// <summary>
    /// The product of weights in 4 or 8 bits, with adapter and residual, or of gates; then the case has two parts of one size.
    /// </summary>
    public double Blocks(LoraCase test, int bits, bool withZeros, bool isSwiGlu)
    {
        BlockWeights weights = new(test.Type, bits, test.Out, test.Width, withZeros);
        using CudaDevice.Scope scope = device.Use();
        using Place place = new(device.Driver, test);
        using GpuMemory codes = GpuMemory.Of<byte>(device.Driver, weights.Codes);
        using GpuMemory scales = GpuMemory.Of<ushort>(device.Driver, weights.Scales);
        using GpuMemory zeros = GpuMemory.Of<byte>(device.Driver, weights.Zeros ?? [0]);
        using GpuMemory residual = GpuMemory.Of<ushort>(device.Driver, test.Base);
        int results = isSwiGlu ? test.Out / 2 : test.Out;
        using GpuMemory y = new(device.Driver, test.Rows * results * 2L);
        bool isAhead = test.Rows <= LoraKernels.RowsOfFew;
        Shrink(test, place, isAhead);
        ProductArguments product = Arguments(test, place, y, withAdapter: true);
        (product.W, product.Scales, product.Zeros) = (codes.Address, scales.Address, withZeros ? zeros.Address : 0);
        (product.Out, product.Residual, product.Waits) = (results, isSwiGlu ? 0 : residual.Address, isAhead ? 1 : 0);
        products!.Product(ref product, bits, isSwiGlu, _stream, dependent: true);
        return test.WorstOf(
            y.Read<ushort>(test.Rows * results),
            (row, output) =>
            {
                double sum = test.Product(row, weights.Row(output)) + test.Delta(row, output);
                return isSwiGlu
                    ? sum / (1 + Math.Exp(-sum)) * (test.Product(row, weights.Row(results + output)) + test.Delta(row, results + output))
                    : sum + test.Value(test.Base[(row * test.Out) + output]);
            },
            keepsBase: false);
    }

    /// <summary>The product of gates and what they multiply, with or without adapter; the case has two parts of one size.</summary>
    public double SwiGlu(LoraCase test, bool withAdapter)
    {
        using CudaDevice.Scope scope = device.Use();
        using Place place = new(device.Driver, test);
        int half = test.Out / 2;
        using GpuMemory y = new(device.Driver, test.Rows * half * 2L);
        if (withAdapter)
        {
            Shrink(test, place);
        }

        ProductArguments product = Arguments(test, place, y, withAdapter);
        product.Out = half;
        products!.Product(ref product, ProductForm.FloatBits, swiGlu: true, _stream, dependent: true);
        return test.WorstOf(
            y.Read<ushort>(test.Rows * half),
            (row, output) =>
            {
                double gate = test.Product(row, output) + (withAdapter ? test.Delta(row, output) : 0);
                double up = test.Product(row, half + output) + (withAdapter ? test.Delta(row, half + output) : 0);
                return gate / (1 + Math.Exp(-gate)) * up;
            },
            keepsBase: false);
    }

    /// <summary>Gates and what they multiply, of the case's base; it has two parts of one size.</summary>
    public double Gates(LoraCase test)
    {
        using CudaDevice.Scope scope = device.Use();
        int half = test.Out / 2;
        using GpuMemory x = GpuMemory.Of<ushort>(device.Driver, test.Base);
        using GpuMemory y = new(device.Driver, test.Rows * half * 2L);
        GateArguments gates = new() { X = x.Address, Y = y.Address, Chunks = half / 8, Rows = test.Rows };
        products!.Gates(ref gates, _stream);
        return test.WorstOf(
            y.Read<ushort>(test.Rows * half),
            (row, output) =>
            {
                double gate = test.Value(test.Base[(row * test.Out) + output]);
                return gate / (1 + Math.Exp(-gate)) * test.Value(test.Base[(row * test.Out) + half + output]);
            },
            keepsBase: false);
    }

    /// <summary>The norm with the branch's first half, and the product that takes both.</summary>
    public double Norm(LoraCase test)
    {
        const float epsilon = 1e-5f;
        ushort[] weight = test.X[..test.Width];
        LoraCase expected = test.Normalised(weight, epsilon);
        using CudaDevice.Scope scope = device.Use();
        using Place place = new(device.Driver, test);
        using GpuMemory gains = GpuMemory.Of<ushort>(device.Driver, weight);
        using GpuMemory x = new(device.Driver, test.X.Length * 2L);
        using GpuMemory y = new(device.Driver, test.Base.Length * 2L);
        NormArguments norm = new()
        {
            X = place.X.Address,
            Weight = gains.Address,
            Y = x.Address,
            Slot = place.Slot.Address,
            Ranks = place.Ranks?.Address ?? 0,
            A = place.A.Address,
            H = place.H.Address,
            Chunks = test.Width / 8,
            Rank = test.Rank,
            TotalRank = test.TotalRank,
            Rows = test.Rows,
            SlotStep = test.Slots.Length == 1 ? 0 : 1,
            Slots = test.TableSlots,
            Epsilon = epsilon,
        };
        products!.Norm(ref norm, _stream, dependent: true);
        ProductArguments product = Arguments(test, place, y, withAdapter: true);
        product.X = x.Address;
        product.Waits = 1;
        products.Product(ref product, ProductForm.FloatBits, swiGlu: false, _stream, dependent: true);
        double worst = expected.WorstOf(
            y.Read<ushort>(test.Base.Length), (row, output) => expected.Product(row, output) + expected.Delta(row, output),
            keepsBase: false);
        ushort[] normalised = x.Read<ushort>(test.X.Length);
        for (int index = 0; index < normalised.Length; index++)
        {
            double wanted = expected.Value(expected.X[index]);
            worst = Math.Max(worst, Math.Abs(expected.Value(normalised[index]) - wanted) / Math.Max(1, Math.Abs(wanted)));
        }

        return worst;
    }

    /// <inheritdoc/>
    public void Dispose()
    {
        using CudaDevice.Scope scope = device.Use();
        _ = ((delegate* unmanaged<nint, int>)device.Driver.Entry("cuStreamDestroy_v2"))(_stream);
    }

    private static nint NewStream(CudaDevice device)
    {
        using CudaDevice.Scope scope = device.Use();
        nint stream;
        device.Driver.Check(
            ((delegate* unmanaged<nint*, uint, int>)device.Driver.Entry("cuStreamCreate"))(&stream, 0), "making a stream");
        return stream;
    }

    private static PartEnds Ends(LoraCase test) => new([.. test.Parts.Select(part => (long)part)]);

    private static ProductArguments Arguments(LoraCase test, Place place, GpuMemory y, bool withAdapter) => new()
    {
        X = place.X.Address,
        W = place.W.Address,
        Y = y.Address,
        H = withAdapter ? place.H.Address : 0,
        Slot = place.Slot.Address,
        Ranks = place.Ranks?.Address ?? 0,
        B = place.B.Address,
        Chunks = test.Width / 8,
        Out = test.Out,
        Rows = test.Rows,
        Rank = test.Rank,
        TotalRank = test.TotalRank,
        SlotStep = test.Slots.Length == 1 ? 0 : 1,
        Scale = 1,
        Slots = test.TableSlots,
        Ends = Ends(test),
    };

    private void Shrink(LoraCase test, Place place, bool isAhead = false)
    {
        ShrinkArguments shrink = new()
        {
            X = place.X.Address,
            Slot = place.Slot.Address,
            Ranks = place.Ranks?.Address ?? 0,
            A = place.A.Address,
            H = place.H.Address,
            Chunks = test.Width / 8,
            Rank = test.Rank,
            TotalRank = test.TotalRank,
            Rows = test.Rows,
            SlotStep = test.Slots.Length == 1 ? 0 : 1,
            Slots = test.TableSlots,
            Ahead = isAhead ? 1 : 0,
        };
        kernels.Shrink(ref shrink, _stream, dependent: true);
    }

    /// <summary>A case in the GPU's memory.</summary>
    private sealed class Place(CudaDriver driver, LoraCase test) : IDisposable
    {
        public GpuMemory X { get; } = GpuMemory.Of<ushort>(driver, test.X);

        public GpuMemory W { get; } = GpuMemory.Of<ushort>(driver, test.W);

        public GpuMemory A { get; } = GpuMemory.Of<ushort>(driver, test.A);

        public GpuMemory B { get; } = GpuMemory.Of<ushort>(driver, test.B);

        public GpuMemory Slot { get; } = GpuMemory.Of<int>(driver, test.Slots);

        public GpuMemory? Ranks { get; } = test.Ranks is null ? null : GpuMemory.Of<int>(driver, test.Ranks);

        // Filled with what is no number: sums that nobody wrote are never read.
        public GpuMemory H { get; } =
            GpuMemory.Of<float>(driver, Enumerable.Repeat(float.NaN, test.Rows * test.TotalRank).ToArray());

        public void Dispose()
        {
            foreach (GpuMemory? memory in (GpuMemory?[])[X, W, A, B, Slot, Ranks, H])
            {
                memory?.Dispose();
            }
        }
    }
}
