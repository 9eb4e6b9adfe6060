package rocketrides.embedded;

import java.nio.file.Path;

/** Another process on the same data directory: says so with one character, then waits to be killed. */
final class LockHolder {
    private LockHolder() {}

    public static void main(String[] arguments) throws Exception {
        try (DirectoryLock lock = DirectoryLock.take(Path.of(arguments[0]))) {
            System.out.print('!');
            System.out.flush();
            // bounded, in case the test dies first
            Thread.sleep(60_000);
            System.out.println(lock);
        }
    }
}
