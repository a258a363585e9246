using System.Runtime.InteropServices;

namespace ALoRA.Onnx.Operators.Cuda;

/// <summary>
/// Memory of a GPU for tests of kernels, apart from ONNX Runtime's. Made, used and disposed while <see cref="CudaDevice.Use"/> holds.
/// Copies wait until they are done.
/// </summary>
internal sealed unsafe class GpuMemory : IDisposable
{
    private readonly CudaDriver _driver;
    private readonly long _bytes;

    /// <summary>Takes memory, filled with zeros.</summary>
    public GpuMemory(CudaDriver driver, long bytes)
    {
        (_driver, _bytes) = (driver, bytes);
        nint address;
        driver.Check(
            ((delegate* unmanaged<nint*, nuint, int>)driver.Entry("cuMemAlloc_v2"))(&address, (nuint)bytes), $"taking {bytes:N0} bytes");
        Address = address;
        driver.Check(
            ((delegate* unmanaged<nint, byte, nuint, int>)driver.Entry("cuMemsetD8_v2"))(address, 0, (nuint)bytes), "clearing memory");
    }

    /// <summary>Where it begins.</summary>
    public nint Address { get; }

    /// <summary>Takes memory for values and copies them there.</summary>
    public static GpuMemory Of<T>(CudaDriver driver, ReadOnlySpan<T> values)
        where T : unmanaged
    {
        GpuMemory memory = new(driver, Math.Max(16, MemoryMarshal.AsBytes(values).Length));
        memory.Write(values);
        return memory;
    }

    /// <summary>Copies values to its beginning.</summary>
    public void Write<T>(ReadOnlySpan<T> values)
        where T : unmanaged
    {
        fixed (T* from = values)
        {
            _driver.Check(
                ((delegate* unmanaged<nint, void*, nuint, int>)_driver.Entry("cuMemcpyHtoD_v2"))(
                    Address, from, (nuint)(values.Length * (long)sizeof(T))),
                "copying to the GPU");
        }
    }

    /// <summary>Copies values from its beginning, after all that was launched has ended.</summary>
    public T[] Read<T>(int count)
        where T : unmanaged
    {
        T[] values = new T[count];
        _driver.Check(((delegate* unmanaged<int>)_driver.Entry("cuCtxSynchronize"))(), "running kernels");
        fixed (T* to = values)
        {
            _driver.Check(
                ((delegate* unmanaged<void*, nint, nuint, int>)_driver.Entry("cuMemcpyDtoH_v2"))(
                    to, Address, (nuint)(count * (long)sizeof(T))),
                "copying from the GPU");
        }

        return values;
    }

    /// <summary>Gives it back; nothing that was no number is left for whoever gets it next.</summary>
    public void Dispose()
    {
        _ = ((delegate* unmanaged<nint, byte, nuint, int>)_driver.Entry("cuMemsetD8_v2"))(Address, 0, (nuint)_bytes);
        Free();
    }

    private void Free() => _ = ((delegate* unmanaged<nint, int>)_driver.Entry("cuMemFree_v2"))(Address);
}
