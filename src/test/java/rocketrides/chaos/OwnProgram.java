package rocketrides.chaos;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.function.Predicate;
import rocketrides.chaos.Findings.Invariant;
import rocketrides.testing.Disk;
import rocketrides.testing.OwnProcess;
import rocketrides.testing.Place;

/** One process of the real program, that can be killed and started again. */
final class OwnProgram {
    private final String name;
    private final Path home;
    private final Place place;
    private final List<String> program;
    private final Map<String, String> environment;
    private OwnProcess process;

    /** {@code program}: what follows {@code java} on the command line. */
    OwnProgram(String name, Path home, Place place, List<String> program, Map<String, String> environment) {
        this.name = name;
        this.home = home;
        this.place = place;
        this.program = List.copyOf(program);
        this.environment = new HashMap<>(environment);
    }

    /** What follows {@code java}: the jar, or the classes where no jar has been made. */
    static List<String> real() {
        var jar = System.getProperty("jar");
        return jar == null
                ? List.of("-cp", System.getProperty("java.class.path"), "rocketrides.Main")
                : List.of("-jar", jar);
    }

    /** For the next start. */
    synchronized void set(String variable, String value) {
        environment.put(variable, value);
    }

    synchronized void start() throws IOException {
        process = new OwnProcess(java(program), environment, home, log());
    }

    /** Another process of the program, which carries out a command there; its output is in {@code file}. */
    synchronized OwnProcess command(Path file, String... arguments) throws IOException {
        var command = new ArrayList<>(program);
        command.addAll(List.of(arguments));
        return new OwnProcess(java(command), environment, home, file);
    }

    private List<String> java(List<String> more) {
        var command = new ArrayList<>(place.enter());
        command.add(Path.of(System.getProperty("java.home"), "bin", "java").toString());
        command.addAll(List.of("-Xmx192m", "-XX:+UseSerialGC", "-XX:TieredStopAtLevel=1", "-Xshare:auto"));
        command.addAll(more);
        return command;
    }

    /** Dead, and not by our hand. */
    private synchronized boolean hasEnded() {
        return process != null && !process.isAlive();
    }

    synchronized void kill() {
        if (process != null) {
            process.kill();
            process = null;
        }
    }

    synchronized void signal(String signal) throws IOException {
        if (process != null) {
            process.signal(signal);
        }
    }

    /** For people. Where the threads of a process that runs stand is in its output then. */
    synchronized String state() {
        if (process == null) {
            return "killed";
        }
        try {
            if (process.isAlive()) {
                process.signal("QUIT");
                return "runs, its threads are in " + log();
            }
            return "ended by itself with " + process.exitCode() + ": " + Disk.tail(log(), 3);
        } catch (IOException e) {
            return e.toString();
        }
    }

    /** It must not have ended by itself, nor alarmed anybody, but for the lines that were to be expected. */
    void judge(Findings findings, Predicate<String> expected) throws IOException {
        findings.check(Invariant.LOUD_STOP, !hasEnded(), "%s %s", name, hasEnded() ? state() : "");
        var alarms = output().lines()
                .filter(line -> line.contains("ALARM") && !expected.test(line))
                .toList();
        findings.check(Invariant.LOUD_STOP, alarms.isEmpty(), "%s: %s", name, alarms);
    }

    /** What it has said so far, over all of its lives. */
    String output() throws IOException {
        return Files.exists(log()) ? Files.readString(log(), StandardCharsets.ISO_8859_1) : "";
    }

    private Path log() {
        return home.resolve(name + ".log");
    }
}
