using ALoRA.Onnx.Operators.Cuda;

namespace ALoRA.Onnx.Devices;

/// <summary>What memory a CUDA device has.</summary>
/// <param name="Free">Bytes that nobody has taken.</param>
/// <param name="Total">All bytes.</param>
internal sealed record CardMemory(long Free, long Total)
{
    /// <summary>Asks the driver.</summary>
    /// <param name="ordinal">Number of the device as CUDA counts them.</param>
    /// <returns>Null where there is no driver to ask.</returns>
    public static unsafe CardMemory? TryRead(int ordinal)
    {
        if (!CudaDriver.TryLoad(CudaDriver.Names, out CudaDriver? driver, out _))
        {
            return null;
        }

        try
        {
            int device;
            driver.Check(((delegate* unmanaged<int*, int, int>)driver.Entry("cuDeviceGet"))(&device, ordinal), "opening the GPU");
            nint context;
            driver.Check(
                ((delegate* unmanaged<nint*, int, int>)driver.Entry("cuDevicePrimaryCtxRetain"))(&context, device), "opening the GPU");
            driver.Check(((delegate* unmanaged<nint, int>)driver.Entry("cuCtxPushCurrent_v2"))(context), "opening the GPU");
            try
            {
                (nuint free, nuint total) = (0, 0);
                driver.Check(
                    ((delegate* unmanaged<nuint*, nuint*, int>)driver.Entry("cuMemGetInfo_v2"))(&free, &total), "asking for memory");
                return new CardMemory((long)free, (long)total);
            }
            finally
            {
                nint old;
                _ = ((delegate* unmanaged<nint*, int>)driver.Entry("cuCtxPopCurrent_v2"))(&old);
                _ = ((delegate* unmanaged<int, int>)driver.Entry("cuDevicePrimaryCtxRelease_v2"))(device);
            }
        }
        catch (CudaException)
        {
            return null;
        }
    }
}
