using System.Diagnostics;
using System.Globalization;

namespace ALoRA.Onnx.TestKit;

/// <summary>
/// Reads damaged input again and again: it may be read, or refused with one of the documented exceptions; nothing
/// else may happen. A run is reproduced by its seed, which is in the message of a failure. <c>ALORA_FUZZ_SECONDS</c>
/// sets how long to look, with other seeds each time, or those from <c>ALORA_FUZZ_SEED</c> on, and a limit of 2 s of
/// processor time for each input; without it, fixed seeds and no limit of time.
/// </summary>
public static class Fuzzing
{
    private const long SpareBytes = 64L << 20;

    private static readonly TimeSpan Limit = TimeSpan.FromSeconds(2);

    /// <summary>Checks one reader.</summary>
    /// <param name="sound">Input that is read without an exception.</param>
    /// <param name="read">Reads input.</param>
    /// <param name="isDocumented">Whether an exception is one that bad input may cause.</param>
    /// <param name="pieces">Pieces of the input's language to insert beside random bytes.</param>
    /// <param name="runs">Number of seeds where no time is set.</param>
    public static void Check(
        byte[] sound, Action<byte[]> read, Predicate<Exception> isDocumented, IReadOnlyList<byte[]> pieces, int runs = 500)
    {
        read(sound);
        string? seconds = Environment.GetEnvironmentVariable("ALORA_FUZZ_SECONDS");
        TimeSpan duration = TimeSpan.FromSeconds(seconds is null ? 0 : double.Parse(seconds, CultureInfo.InvariantCulture));
        string? seedGiven = Environment.GetEnvironmentVariable("ALORA_FUZZ_SEED");
        int first = seedGiven is not null
            ? int.Parse(seedGiven, CultureInfo.InvariantCulture)
            : seconds is null
            ? 0
            : Environment.TickCount & 0x3FFF_FFFF;
        int refused = 0;
        long started = Stopwatch.GetTimestamp();
        int count = 0;
        for (; seconds is null ? count < runs : Stopwatch.GetElapsedTime(started) < duration; count++)
        {
            int seed = first + count;
            byte[] damaged = Damage(sound, pieces, new Random(seed));
            bool isRefused = ReadOnce(damaged, read, isDocumented, seed, checkTime: seconds is not null);
            refused += isRefused ? 1 : 0;
        }

        // Damage that is never noticed means that nothing was tested.
        Assert.IsGreaterThan(count / 20, refused);
    }

    /// <summary>The input of a seed, for a test of what was found.</summary>
    public static byte[] Damage(byte[] sound, IReadOnlyList<byte[]> pieces, Random random)
    {
        List<byte> bytes = [.. sound];
        for (int change = random.Next(1, 5); change > 0 && bytes.Count > 0; change--)
        {
            int at = random.Next(bytes.Count);
            int length = Math.Min(random.Next(1, 13), bytes.Count - at);
            switch (random.Next(7))
            {
                case 0:
                    bytes[at] ^= (byte)(1 << random.Next(8));
                    break;
                case 1:
                    bytes.RemoveRange(at, length);
                    break;
                case 2:
                    int from = random.Next(bytes.Count);
                    bytes.InsertRange(at, bytes.GetRange(from, Math.Min(random.Next(1, 60), bytes.Count - from)));
                    break;
                case 3:
                    bytes.InsertRange(at, Enumerable.Range(0, length).Select(_ => (byte)random.Next(256)));
                    break;
                case 4:
                    byte fill = (byte)(random.Next(2) * 255);
                    for (int i = at; i < at + length; i++)
                    {
                        bytes[i] = fill;
                    }

                    break;
                default:
                    if (pieces.Count > 0)
                    {
                        byte[] piece = pieces[random.Next(pieces.Count)];
                        bytes.RemoveRange(at, Math.Min(random.Next(3) == 0 ? length : 0, bytes.Count - at));
                        bytes.InsertRange(at, piece);
                    }

                    break;
            }
        }

        return [.. bytes];
    }

    private static bool ReadOnce(byte[] damaged, Action<byte[]> read, Predicate<Exception> isDocumented, int seed, bool checkTime)
    {
        bool isRefused = false;
        long before = GC.GetAllocatedBytesForCurrentThread();
        TimeSpan started = Environment.CpuUsage.TotalTime;
        try
        {
            read(damaged);
        }
        catch (Exception exception) when (isDocumented(exception))
        {
            isRefused = true;
        }
        catch (Exception exception)
        {
            Assert.Fail($"Seed {seed}: {exception}");
        }

        TimeSpan elapsed = Environment.CpuUsage.TotalTime - started;
        Assert.IsLessThan(
            SpareBytes + damaged.Length, GC.GetAllocatedBytesForCurrentThread() - before,
            $"Seed {seed}: allocated more than 64 MiB and the input's size.");
        Assert.IsTrue(
            !checkTime || elapsed < Limit || !IsSlow(damaged, read, isDocumented),
            $"Seed {seed}: took {elapsed.TotalSeconds:0.0} s, and again more than {Limit.TotalSeconds} s.");
        return isRefused;
    }

    // The process's time, to which tests beside this one add; a reading that waits for a processor says nothing of the reader.
    private static bool IsSlow(byte[] damaged, Action<byte[]> read, Predicate<Exception> isDocumented)
    {
        TimeSpan started = Environment.CpuUsage.TotalTime;
        try
        {
            read(damaged);
        }
        catch (Exception exception) when (isDocumented(exception))
        {
        }

        return Environment.CpuUsage.TotalTime - started >= Limit;
    }
}
